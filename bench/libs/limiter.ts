/*
 * limiter and bottleneck: rate limiters.
 */
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface LimiterModule {
  RateLimiter: new (options: { tokensPerInterval: number; interval: 'second' }) => {
    removeTokens(count: number): Promise<number>
  }
}
interface BottleneckModule {
  default: new (options: { reservoir: number }) => { schedule<R>(fn: () => Promise<R>): Promise<R> }
}

export const load = async (): Promise<Programs> => {
  const { RateLimiter } = await loadPeer<LimiterModule>('limiter')
  return {
    limiter: async (n) => {
      const tokens = new RateLimiter({ tokensPerInterval: 1e9, interval: 'second' })
      let sum = 0
      for (let i = 0; i < n; i++) {
        await tokens.removeTokens(1)
        sum++
      }
      return { sum }
    },
  }
}

export const loadBottleneck = async (): Promise<Programs> => {
  const { default: Bottleneck } = await loadPeer<BottleneckModule>('bottleneck')
  return {
    limiter: async (n) => {
      const tokens = new Bottleneck({ reservoir: 1e9 })
      let sum = 0
      for (let i = 0; i < n; i++) await tokens.schedule(async () => void sum++)
      return { sum }
    },
  }
}
