/*
 * Sometimes: an action that is done now and then. Go's rate.Sometimes.
 */

import { checkFunction, expected } from './errors.ts'
import { Panic } from './kernel.ts'
import { clock } from './rate.ts'

/** When a Sometimes acts. Each that is set, above 0, may let an action through. */
export interface SometimesOptions {
  /** The first so many calls act. */
  readonly first?: number | undefined
  /** Every so manieth call acts, beginning with the first. */
  readonly every?: number | undefined
  /** A call acts when so many milliseconds have passed since the last that did. */
  readonly interval?: number | undefined
}

/**
 * Does something now and then: `do(fn)` calls `fn` as its options allow. The first call always acts; without options it is the
 * only one.
 *
 * @example
 * ```ts
 * const sometimes = new Sometimes({ first: 1, every: 3 })
 * for (let i = 0; i < 7; i++) sometimes.do(() => console.log(i)) // => 0, 3, 6
 * ```
 */
export class Sometimes {
  readonly #first: number
  readonly #every: number
  readonly #interval: number
  #count = 0
  #last = 0
  #acting = false

  /** **Throws** a Panic with code `GMP_PATTERNS_BAD_NUMBER` for an option that is no number. */
  constructor({ first = 0, every = 0, interval = 0 }: SometimesOptions = {}) {
    for (const n of [first, every, interval]) {
      if (typeof n !== 'number' || Number.isNaN(n)) {
        throw expected('PATTERNS_BAD_NUMBER', 'the options of Sometimes to be numbers', n)
      }
    }
    this.#first = first
    this.#every = every
    this.#interval = interval
  }

  /**
   * Calls `fn` if it is time, and gives what it returned: a promise, if `fn` is async. Undefined when it is not time.
   *
   * **Throws** what `fn` throws; then the call does not count. A Panic with code `GMP_PATTERNS_RECURSION` when `fn` calls do() on the
   * same Sometimes; in Go that waits for ever.
   */
  do<R>(fn: () => R): R | undefined {
    checkFunction('Sometimes.do()', fn)
    if (this.#acting) {
      throw new Panic('GMP_PATTERNS_RECURSION', 'gmp/patterns: do() of a Sometimes in the function it calls')
    }
    let result: R | undefined
    if (this.#due(this.#count)) {
      this.#acting = true
      try {
        result = fn()
      } finally {
        this.#acting = false
      }
      if (this.#interval > 0) this.#last = clock()
    }
    this.#count++
    return result
  }

  #due(n: number): boolean {
    if (n === 0 || n < this.#first) return true
    if (this.#every > 0 && n % this.#every === 0) return true
    return this.#interval > 0 && clock() - this.#last >= this.#interval
  }
}
