/*
 * Seeds: random tests that can be replayed.
 *
 * A test runs its body many times, each time with a seed of its own: the base seed, the base seed + 1, … The base is fresh
 * in every run, so that the nightly runs see ever new cases, and is GMP_SEED when that is set. The message of a failure
 * names the seed of the failing iteration and the command that runs that very iteration first.
 *
 * For what no schedule decides about: real threads, slices of the real loop, data structures without goroutines. Random schedules
 * are stress() of @gmp/core/testing, which takes the same two settings.
 *
 *   GMP_SEED=123     where to start
 *   GMP_STRESS=10    ten times as many iterations
 */

import { randomInt } from 'node:crypto'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A stream of random choices, the same for the same seed. */
export class Random {
  readonly seed: number
  private state: number

  constructor(seed: number) {
    this.seed = seed >>> 0
    this.state = this.seed
  }

  /** 32 random bits (mulberry32). As a property, so that it can be handed to a host. */
  readonly bits = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }

  /** A whole number from 0 to n - 1. */
  int(n: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * n)
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.bits() / 0x1_0000_0000 < p
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('pick() of nothing')
    return items[this.int(items.length)] as T // Safety: int(n) < n.
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items]
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      // Safety: both are indices of `result`.
      ;[result[i], result[j]] = [result[j] as T, result[i] as T]
    }
    return result
  }
}

export interface Seeds {
  /** `import.meta.url` of the test, for the command that replays it. */
  readonly file: string
  /** How often, before GMP_STRESS. */
  readonly iterations: number
  /** Where seeds and factors come from; process.env unless a test of this file says otherwise. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told the first seed: a stress test prints it even when it passes. */
  readonly announce?: (text: string) => void
}

/** Runs `body` once for each seed; see the head. Answers how often. */
export async function eachSeed(
  { file, iterations, env = process.env, announce }: Seeds,
  body: (random: Random, iteration: number) => void | Promise<void>,
): Promise<number> {
  const base = env['GMP_SEED'] === undefined ? randomInt(2 ** 31) : whole('GMP_SEED', env['GMP_SEED'])
  const count = iterations * (env['GMP_STRESS'] === undefined ? 1 : whole('GMP_STRESS', env['GMP_STRESS']))
  announce?.(`${count} iterations from seed ${base}: replay with ${replay(file, base)}`)
  for (let i = 0; i < count; i++) {
    const random = new Random(base + i)
    try {
      await body(random, i)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(
        `${message}\n\n  seed ${random.seed}, iteration ${i}: replay with\n  ${replay(file, random.seed)}`,
        {
          cause: error,
        },
      )
    }
  }
  return count
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0)
    throw new Error(`${name} must be a whole number, got ${JSON.stringify(text)}`)
  return value
}

const root = fileURLToPath(new URL('../../', import.meta.url))

function replay(file: string, seed: number): string {
  const path = relative(root, fileURLToPath(file)).split(sep).join('/')
  return `GMP_SEED=${seed} npx -y pnpm@12 exec vitest run ${path}`
}
