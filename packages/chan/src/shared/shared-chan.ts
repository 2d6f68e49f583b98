/*
 * SharedChan: the channel users hold that crosses threads. A shell over kernel.ts.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { Chan, type Received } from '../chan.ts'
import { badCapacity, closedClose, closedSend } from '../errors.ts'
import { Hchan, RECV, RECV_OK, RECV_STEP, received, SEND } from '../hchan.ts'
import type { SharedCodec } from './box.ts'
import {
  blockOn,
  complete,
  completed,
  completedVoid,
  create,
  fail,
  hangOn,
  KINDS,
  kinds,
  mayBlock,
  opened,
  Panic,
  panicked,
  refused,
  started,
  waiter,
  type Kind,
  type Ref,
  type SharedHandle,
  type SharedKind,
} from './core.ts'
import { box, destroy, died, repair, SharedKernel } from './kernel.ts'
import { BLOCKED, CAP, CODED, DONE, ENDED, MASK, slotsOf, wordsOf } from './layout.ts'
import { ChanParked, RemoteQueue } from './waits.ts'

export type { SharedCodec } from './box.ts'
export type { SharedHandle } from './core.ts'

/** What sharedChan() takes. */
export interface SharedChanOptions<T> {
  /**
   * How values are written as bytes, instead of structured clone. Functions of it are called where a value is sent or received, and
   * must not use channels. Each thread that opens the channel gives the same.
   */
  readonly codec?: SharedCodec<T> | undefined
}

class RemoteHchan extends Hchan {
  override readonly sendq: RemoteQueue
  declare readonly recvq: RemoteQueue

  constructor(kernel: SharedKernel) {
    super(0, false, null, new RemoteQueue(kernel))
    this.sendq = new RemoteQueue(kernel)
    this.remote = kernel
    kernel.hchan = this
  }
}

/**
 * A channel that several threads have: a Chan in every way, also in a select() with others. Make one with sharedChan(); on another thread it
 * arrives as an argument of a task or as a value of another shared channel, and by sharedChan.open() out of a message.
 *
 * Values have structured-clone semantics, numbers and the like cost nothing to clone; what a shared channel or lock is in them
 * arrives as itself. A value that cannot cross is a Panic `GMP_CORE_CANNOT_CROSS` at the send, with its path.
 *
 * The channel lives as long as a thread has it or a value or message with it is on its way. It is collected like any object;
 * dispose of it (`using`, `[Symbol.dispose]()`) to give its memory back at once, on this thread.
 */
export class SharedChan<T> extends Chan<T> implements Disposable {
  readonly #kernel: SharedKernel
  /**
   * What stands for it in a message to another thread; see sharedChan.open(). `port.postMessage(channel)` takes it along by itself.
   * Each one that is read is to be opened.
   */
  declare readonly handle: SharedHandle

  /** Use sharedChan(). @internal */
  constructor(ref: Ref) {
    const kernel = new SharedKernel(ref)
    super(new RemoteHchan(kernel))
    this.#kernel = kernel
    kernel.owner = this
    ref.own(this)
  }

  /** Has channels that arrive on this thread, before it made or opened one, be channels. @internal */
  static expect(): void {
    know()
  }

  /** @internal */
  get kernel(): SharedKernel {
    return this.#kernel
  }

  override get len(): number {
    return this.#kernel.len
  }

  override get cap(): number {
    return this.#kernel.cap
  }

  override send(value: T, options?: WaitOptions): Op<void> {
    const k = this.#kernel
    // A number into a buffer with room: no codec, nobody to tell.
    if (typeof value === 'number' && options === undefined && k.quick && value === value) {
      const status = k.sendNumber(value)
      if (status === DONE) return completedVoid()
      if (status === ENDED) return panicked(closedSend())
      box.hi = 0
      box.num = value
      return wait(k, true, SEND, undefined) as Op<void>
    }
    const no = options === undefined ? null : refused(options)
    if (no !== null) return no
    try {
      k.check()
      box.put(k.a, value, k.codec)
    } catch (error) {
      return refusedBy(error)
    }
    const { num, lo, hi } = box
    const status = k.send()
    if (status === DONE) return completedVoid()
    if (status === ENDED) {
      unsend(k, lo, hi)
      return panicked(closedSend())
    }
    box.num = num
    box.lo = lo
    box.hi = hi
    return wait(k, true, SEND, options) as Op<void>
  }

  override trySend(value: T): boolean {
    const k = this.#kernel
    k.check()
    box.put(k.a, value, k.codec)
    const { lo, hi } = box
    const status = k.send()
    if (status === DONE) return true
    unsend(k, lo, hi)
    if (status === ENDED) throw closedSend()
    return false
  }

  override recv(options?: WaitOptions): Op<T | undefined> {
    return receive(this.#kernel, RECV, options) as Op<T | undefined>
  }

  override recvOk(options?: WaitOptions): Op<Received<T>> {
    return receive(this.#kernel, RECV_OK, options) as Op<Received<T>>
  }

  override tryRecv(): Received<T> | undefined {
    const k = this.#kernel
    k.check()
    const status = k.recv()
    if (status === BLOCKED) return undefined
    return status === DONE ? { ok: true, value: box.open(k.thread, k.codec) as T } : { ok: false, value: undefined }
  }

  /**
   * As send(), and blocks the whole thread with its event loop: for workers that have nothing else to do.
   *
   * **Throws** a Panic with code `GMP_CORE_MAY_NOT_BLOCK` in a goroutine, and on a thread that must not block (a page's), and what send() throws.
   */
  sendSync(value: T): void {
    const k = this.#kernel
    k.check()
    box.put(k.a, value, k.codec)
    const { lo, hi, num } = box
    let status = k.send()
    if (status === BLOCKED) {
      try {
        mayBlock('sendSync()')
      } catch (error) {
        unsend(k, lo, hi)
        throw error
      }
      const parked = new ChanParked(k, true, null)
      box.num = num
      box.lo = lo
      box.hi = hi
      status = parked.enter()
      if (status === BLOCKED) {
        blockOn(parked)
        if (parked.status === ENDED) throw closedSend()
        return
      }
    }
    if (status === DONE) return
    unsend(k, lo, hi)
    throw closedSend()
  }

  /**
   * As recv(), and blocks the whole thread with its event loop: for workers that have nothing else to do.
   *
   * **Throws** a Panic with code `GMP_CORE_MAY_NOT_BLOCK` in a goroutine, and on a thread that must not block (a page's).
   */
  recvSync(): T | undefined {
    const k = this.#kernel
    k.check()
    let status = k.recv()
    if (status === BLOCKED) {
      mayBlock('recvSync()')
      const parked = new ChanParked(k, false, null)
      status = parked.enter()
      if (status === BLOCKED) {
        blockOn(parked)
        return parked.value as T | undefined
      }
    }
    return status === DONE ? (box.open(k.thread, k.codec) as T) : undefined
  }

  override close(): void {
    const k = this.#kernel
    k.check()
    if (!k.close()) throw closedClose()
  }

  /** @internal */
  override fail(_error: unknown): void {
    // An error of one thread's chain says nothing to another: the end does.
    this.#kernel.close()
  }

  override [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const k = this.#kernel
    return { next: () => receive(k, RECV_STEP, undefined) as Promise<IteratorResult<T, undefined>> }
  }

  /** Lets go of it on this thread; others keep it. It is not closed. */
  [Symbol.dispose](): void {
    this.#kernel.quick = false
    this.#kernel.ref.dispose()
  }

  override get [Symbol.toStringTag](): string {
    return 'SharedChan'
  }
}

/** A value that was packed and not sent. */
function unsend(k: SharedKernel, lo: number, hi: number): void {
  box.lo = lo
  box.hi = hi
  box.discard(k.thread)
}

/** The Op for what check() or a codec threw. */
function refusedBy(error: unknown): Op<never> {
  if (error instanceof Panic) return panicked(error)
  throw error
}

function receive(k: SharedKernel, kind: Kind, options: WaitOptions | undefined): Op<unknown> {
  const no = options === undefined ? null : refused(options)
  if (no !== null) return no
  try {
    if (!k.quick) k.check()
  } catch (error) {
    return refusedBy(error)
  }
  const status = k.recv()
  if (status === BLOCKED) return wait(k, false, kind, options)
  return completed(result(k, kind, status))
}

function result(k: SharedKernel, kind: Kind, status: number): unknown {
  const ok = status === DONE
  const value = ok ? box.open(k.thread, k.codec) : undefined
  return kind === RECV ? value : received(kind, value, ok)
}

/** Waits: to send what is in `box`, or to receive. */
function wait(k: SharedKernel, sends: boolean, kind: Kind, options: WaitOptions | undefined): Op<unknown> {
  const { num, lo, hi } = box
  if (k.lookOn(sends)) {
    if (!sends) {
      const status = k.recv()
      if (status !== BLOCKED) return completed(result(k, kind, status))
    } else if (k.send() === DONE) return completedVoid()
  }
  const w = waiter(kind)
  const parked = new ChanParked(k, sends, w)
  box.num = num
  box.lo = lo
  box.hi = hi
  const status = parked.enter()
  if (status === BLOCKED) {
    if (k.cap === 0) parked.lookOn()
    // A message may have come already.
    if (w.owner !== null) hangOn(w, options)
  } else if (!sends) complete(w, result(k, kind, status))
  else if (status === DONE) complete(w)
  else {
    unsend(k, lo, hi)
    fail(w, closedSend())
  }
  return started(w)
}

const kind: SharedKind = { open: (ref) => new SharedChan(ref), repair, died, destroy }

function know(): void {
  if (!kinds.has(KINDS.chan)) kinds.set(KINDS.chan, kind)
}

function make<T>(capacity = 0, options: SharedChanOptions<T> = {}): SharedChan<T> {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MOST) throw badCapacity(capacity)
  know()
  const ref = create(KINDS.chan, wordsOf(capacity))
  ref.a.i32[ref.at + CAP] = capacity
  ref.a.i32[ref.at + MASK] = Math.max(slotsOf(capacity) - 1, 0)
  ref.a.i32[ref.at + CODED] = options.codec === undefined ? 0 : 1
  return coded(new SharedChan<T>(ref), options)
}

function open<T>(
  handle: SharedHandle | { readonly handle: SharedHandle },
  options: SharedChanOptions<T> = {},
): SharedChan<T> {
  know()
  const ref = opened(KINDS.chan, handle)
  // Safety: what a handle of a channel opens is one.
  return coded((ref.owner() ?? new SharedChan<T>(ref)) as SharedChan<T>, options)
}

function coded<T>(channel: SharedChan<T>, { codec }: SharedChanOptions<T>): SharedChan<T> {
  if (codec !== undefined) channel.kernel.use(codec)
  return channel
}

/** The largest capacity, as chan() has it; memory is what limits it. */
const MOST = 0xffff_ffff

/** What sharedChan is. */
export interface SharedChanMaker {
  <T>(capacity?: number, options?: SharedChanOptions<T>): SharedChan<T>
  /**
   * The channel of a handle that came in a message: `handle` of a SharedChan, or what structured clone made of the channel. On a thread that
   * has it already it is the same object.
   *
   * **Throws** a Panic: `GMP_CORE_BAD_HANDLE` for anything else, `GMP_CORE_HANDLE_GONE` when no thread has the channel any more, which
   * a handle that is opened once for each time it was posted does not meet.
   */
  open<T>(handle: SharedHandle | { readonly handle: SharedHandle }, options?: SharedChanOptions<T>): SharedChan<T>
}

/**
 * Makes a channel that other threads can have too, which buffers up to `capacity` values; with 0 a send waits for its receive. The
 * whole buffer is allocated at once, in memory that threads share: 8 bytes for each value.
 *
 * **Throws** a Panic: `makechan: size out of range` (code `GMP_CHAN_BAD_CAPACITY`), `GMP_CORE_ARENA_FULL` when there is no room,
 * `GMP_CORE_NO_SHARED_MEMORY` where threads cannot share memory.
 *
 * @example
 * ```ts
 * const numbers = sharedChan<number>(8)
 * await numbers.send(1)
 * // On another thread, with the message that brought numbers or numbers.handle there:
 * const same = sharedChan.open<number>(structuredClone(numbers))
 * console.log(await same.recv()) // => 1
 * ```
 */
export const sharedChan: SharedChanMaker = /* @__PURE__ */ Object.assign(make, { open })
