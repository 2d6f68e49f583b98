/*
 * Steps: a generator that both yields values and waits.
 *
 * What      In `function* () { yield 1; yield* sleep(5); yield 2 }` what `yield` gives is a value for whoever asked for the next,
 *           and what `yield*` of an operation lets through is for the run loop. They can be told apart: an operation that stops
 *           a generator says so in rt.polled (core, waiter.ts).
 *
 *           run loop ◄── the operation ── Steps.next() ◄── generator         `yield* steps` ends at a value, which is in
 *           `yield* steps` ◄── { done } ── Steps.next() ◄── { value }        steps.value, and goes on at the next `yield* steps`
 *
 * Closing   As by a `for` loop: generator.return() runs its finally blocks, which may wait. A kill in the middle of `yield* steps`
 *           does the same.
 */

import type { Park } from '@gmp/core'
import { expected } from './errors.ts'
import { closeSteps, rt, Waiter } from './kernel.ts'

type Result = IteratorResult<Park, void>

const STOP: Result = { done: true, value: undefined }

const OPEN = 0
const TO_CLOSE = 1
const CLOSING = 2

/** @internal */
export class Steps<T> implements Iterator<Park, void, void> {
  private readonly generator: Generator<T | Park>
  /** What it stopped at. */
  value!: T
  over = false
  private state = OPEN

  constructor(generator: Generator<T | Park>) {
    this.generator = generator
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): Result {
    try {
      return this.advance()
    } catch (error) {
      this.over = true
      throw error
    }
  }

  private advance(): Result {
    const { generator } = this
    let step
    if (this.state === TO_CLOSE) {
      this.state = CLOSING
      step = closeSteps(generator)
    } else step = generator.next()
    // What a finally block yields, nobody wants.
    while (this.state === CLOSING && step.done === false && rt.polled === null) step = generator.next()
    if (rt.polled !== null) return step as Result
    if (step.done === true) this.over = true
    else this.value = step.value as T // Safety: it is no Park, those come as themselves.
    if (!this.over && (this.value as unknown) instanceof Waiter) {
      throw expected(
        'CORE_BAD_YIELD',
        'operations to be waited for by yield*, and values to be given by yield',
        this.value,
      )
    }
    return STOP
  }

  return(): Result {
    if (this.state === OPEN) this.state = TO_CLOSE
    return this.next()
  }

  /** Runs the generator's finally blocks: `yield* steps.close()`. */
  close(): this {
    if (this.state === OPEN) this.state = TO_CLOSE
    return this
  }
}
