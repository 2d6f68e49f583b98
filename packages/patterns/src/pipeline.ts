/*
 * pipeline: stages in a chain, written one after the other.
 *
 * A pipeline is a source and a list of steps; nothing runs before a sink is called. Then all of it is one flow: the first
 * error ends everything and is the one that the sink throws, when nothing of the pipeline runs any more.
 *
 * Stages of plain functions are calls in one goroutine; one whose function has to be waited for lets those above and below
 * work meanwhile (node.ts, calls.ts). Between them no channel is needed.
 */

import type { RecvChan, SendChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import type { Op } from '@gmp/core'
import { batching } from './batch.ts'
import { call, isTask, type Fn } from './call.ts'
import type { CallOptions } from './calls.ts'
import { collecting } from './collect.ts'
import { checkFunction, expected } from './errors.ts'
import { filtering } from './filter.ts'
import { flatMapping, type FlatMapFn } from './flat-map.ts'
import type { Flow } from './flow.ts'
import { passing } from './generate.ts'
import { mapping } from './map.ts'
import type { Node, Step } from './node.ts'
import { limiting, type Pace } from './rate-limit.ts'
import { drain, Sink } from './sink.ts'
import { checkSource, type Source, type Values } from './source.ts'
import { Outlet, stage } from './stage.ts'
import { taking } from './take.ts'
import { intoNode, intoWeb, type NodeWritable, type StreamOptions, type WebWritable } from './to-stream.ts'

/** Stages that are yet to be run; pipeline() makes the first. Every method but a sink gives a longer one. */
export class Pipeline<T> implements AsyncIterable<T> {
  readonly #ctx: Context
  readonly #source: Source<unknown>
  readonly #step: Step<unknown, T>

  /** @internal */
  constructor(ctx: Context, source: Source<unknown>, step: Step<unknown, T>) {
    this.#ctx = ctx
    this.#source = source
    this.#step = step
  }

  #then<R>(step: Step<T, R>): Pipeline<R> {
    const above = this.#step
    return new Pipeline<R>(this.#ctx, this.#source, (below) => above(step(below)))
  }

  /** The values for which `fn` gives something truthy; see filter(). */
  filter<S extends T>(fn: (value: T, ctx: Context) => value is S, options?: CallOptions): Pipeline<S>
  filter(fn: Fn<[T], unknown>, options?: CallOptions): Pipeline<T>
  filter(fn: Fn<[T], unknown>, options?: CallOptions): Pipeline<T> {
    return this.#then(filtering(fn, options))
  }

  /** What `fn` gives for each value; see map(). */
  map<R>(fn: Fn<[T], R>, options?: CallOptions): Pipeline<R> {
    return this.#then(mapping(fn, options))
  }

  /** All values that `fn` gives for each value; see flatMap(). */
  flatMap<R>(fn: FlatMapFn<T, R>, options?: CallOptions): Pipeline<R> {
    return this.#then(flatMapping(fn, options))
  }

  /** The first `count` values; see take(). */
  take(count: number): Pipeline<T> {
    return this.#then(taking(count))
  }

  /** Arrays of `size` values, or less after `maxWait` milliseconds; see batch(). */
  batch(size: number, maxWait?: number): Pipeline<T[]> {
    return this.#then(batching(size, maxWait))
  }

  /** The values at the pace of `limiter`. */
  rateLimit(limiter: Pace): Pipeline<T> {
    return this.#then(limiting(limiter, (value: T) => value))
  }

  /** What another operator makes of the values: `.pipe((ctx, values) => merge(ctx, values, others))`. */
  pipe<R>(operator: (ctx: Context, values: RecvChan<T>) => Values<R>): Pipeline<R> {
    checkFunction('pipe()', operator)
    const source = (ctx: Context): Values<R> => operator(ctx, stage(ctx, this.#source, this.#step))
    return new Pipeline<R>(this.#ctx, source as Source<unknown>, passing as Step<unknown, R>)
  }

  #drain<R, S>(step: Step<T, R>, sink: (flow: Flow) => Node<R>, result: () => S): Op<S> {
    const above = this.#step
    return drain(this.#ctx, this.#source, (below) => above(step(below)), sink, result)
  }

  /** Runs it, and gives all values as an array; see collect(). */
  collect(): Op<T[]> {
    return collecting(this.#ctx, this.#source, this.#step)
  }

  /** Runs it, and calls `fn` with each value; gives how many there were. */
  forEach(fn: Fn<[T], unknown>, options?: CallOptions): Op<number> {
    let count = 0
    const push = (): undefined => void count++
    return this.#drain(
      mapping(fn, options, 'forEach()'),
      (flow) => new Sink(flow, push),
      () => count,
    )
  }

  /** Runs it, and calls `fn` with what it gave for the value before, `initial` at first, and each value; gives the last. */
  reduce<R>(fn: Fn<[result: R, value: T], R>, initial: R): Op<R> {
    checkFunction('reduce()', fn)
    let result = initial
    const push = (value: R): undefined => void (result = value)
    return this.#drain(
      mapping<T, R>(
        isTask(fn) ? (value, own) => call(fn, [result, value], own) : (value, own) => fn(result, value, own),
      ),
      (flow) => new Sink(flow, push),
      () => result,
    )
  }

  /** Runs it into a new channel, which fails as it does. */
  toChan(capacity = 0): RecvChan<T> {
    return stage(this.#ctx, this.#source, this.#step, { buffer: capacity })
  }

  /**
   * Runs it into a stream, and ends that, or destroys it when the pipeline fails; or into a channel, which is left open. Gives
   * the end of it.
   */
  pipeTo(target: NodeWritable<T> | WebWritable<T> | SendChan<T>, options: StreamOptions = {}): Op<void> {
    const to = Object(target) as Partial<NodeWritable<T> & WebWritable<T> & SendChan<T>>
    const sink = (flow: Flow): Node<T> => {
      if (typeof to.trySend === 'function') return new Outlet<T>(target as SendChan<T>, flow)
      if (typeof to.getWriter === 'function') return intoWeb(target as WebWritable<T>, flow, options)
      if (typeof to.write === 'function') return intoNode(target as NodeWritable<T>, flow, options)
      throw expected('PATTERNS_NOT_A_SINK', 'pipeTo() to be given a stream or a channel', target)
    }
    return this.#drain(passing<T>, sink, () => {})
  }

  /** Runs it, and gives the values to a `for await` loop. Leaving the loop ends the pipeline. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this.toChan()[Symbol.asyncIterator]() as AsyncIterator<T, undefined>
  }
}

/**
 * Values of `source` in a chain of stages: `.map()`, `.filter()`…, run by a sink: `.collect()`, `.forEach()`, `.reduce()`,
 * `.toChan()`, `.pipeTo(stream)`, or a `for await` loop. A source that can be read once makes a pipeline that can be run once.
 *
 * **Cancellation**: when `ctx` is done the sink throws cause(ctx).
 *
 * **Throws** from the sink the first error of a stage or the source, as it was; by then nothing of the pipeline runs any more. Here
 * a Panic with code `GMP_PATTERNS_NOT_A_SOURCE`.
 *
 * @example
 * ```ts
 * const lengths = await pipeline(background(), ['go', 'chan', 'select'])
 *   .filter((word) => word !== 'go')
 *   .map(async (word) => word.length, { workers: 4 })
 *   .collect()
 * console.log(lengths) // => [ 4, 6 ]
 * ```
 */
export function pipeline<T>(ctx: Context, source: Source<T>): Pipeline<T> {
  if (typeof source !== 'function') checkSource(source)
  return new Pipeline<T>(ctx, source, passing as Step<unknown, T>)
}
