/*
 * Random choices of tests, from a seed.
 *
 * Where seeds come from, how often a test runs and what a failure says is up to stress() of @gmp/core/testing, which is handed in:
 * GMP_SEED, GMP_STRESS and the message are the same for all tests. eachSeed() is for what no schedule decides about: real threads,
 * slices of the real loop, data structures without goroutines.
 */

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

/** The part of stress() that is used. */
export type Stress<P> = (
  fn: (scope: { readonly seed: number }) => void | PromiseLike<void>,
  options: { readonly runs: number; readonly bubble: false; readonly announce?: (text: string) => void },
) => P

export interface Seeds {
  /** How often, before GMP_STRESS. */
  readonly runs: number
  /** Told the first seed: of a test that hangs, or ends its process, nothing else would tell it. */
  readonly announce?: (text: string) => void
}

/** Runs `body` once for each seed. Answers how often. */
export function eachSeed<P>(
  stress: Stress<P>,
  seeds: Seeds,
  body: (random: Random, run: number) => void | Promise<void>,
): P {
  let run = 0
  return stress(({ seed }) => body(new Random(seed), run++), { ...seeds, bubble: false })
}
