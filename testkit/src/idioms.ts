/*
 * One program, two idioms.
 *
 * What      A test is written once, as a generator that waits with `yield* $(op)`, and runs twice:
 *             generators       it is the body of a goroutine, $ gives the operation back, yield* waits on it
 *             async functions  an async function drives it and awaits what $ yields; operations are called outside
 *                              goroutines there, so they are native promises
 *           `go` starts a body in the idiom of the run, and `fn` makes a body into what other starters take.
 *
 * Depends on no package: the shapes below are the parts of core's types that a program uses; P is what its operations
 * yield.
 */

/** What a program waits for: an Op of @gmp/core. */
export interface OpShape<P, T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<P, T, void>
}

/** A goroutine of @gmp/core. */
export interface Handle<P, R> extends OpShape<P, R> {
  readonly id: number
  readonly status: string
  name: string
  kill(reason?: unknown): boolean
}

/** A program, or a helper of one that blocks. */
export type Body<P, R = void> = Generator<P, R, void>

export type IdiomName = 'generators' | 'async functions'

/** How a program waits and starts others. */
export interface Idiom<P> {
  readonly idiom: IdiomName
  /** Makes an operation something that `yield*` waits on in this idiom. */
  $<T>(op: OpShape<P, T>): Iterable<P, T, void>
  /** Makes a body into a function that `go`, afterFunc and the like take. */
  fn<A extends unknown[], R>(body: (...args: A) => Body<P, R>): (...args: A) => Body<P, R> | Promise<R>
}

/** The idiom in which a program is a goroutine's generator. */
export function generators<P>(): Idiom<P> {
  return { idiom: 'generators', $: (op) => op, fn: (body) => body }
}

/** The idiom in which async functions run the program. */
export function asyncFunctions<P>(): Idiom<P> {
  return {
    idiom: 'async functions',
    *$<T>(op: OpShape<P, T>): Generator<P, T, void> {
      // Safety: drive() takes what is yielded for a promise and sends back what it resolves to.
      return (yield op as unknown as P) as unknown as T
    },
    fn:
      (body) =>
      (...args) =>
        drive(body(...args)),
  }
}

/** Awaits each thing a program yields, and throws rejections into it. */
async function drive<P, R>(program: Body<P, R>): Promise<R> {
  // Safety: next() takes what the yield in $() gives back; Body hides it from programs.
  const steps = program as unknown as Generator<PromiseLike<unknown>, R, unknown>
  let step = steps.next()
  while (step.done !== true) {
    let value: unknown
    try {
      value = await step.value
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}
