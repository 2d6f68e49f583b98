/*
 * A channel that crosses threads: the kernel record and its operations.
 *
 * What      Go's hchan in shared memory: a ring, who waits to send, who waits to receive, closed. Waiting is core's parking lot.
 *           Each thread has one SharedKernel for it; the handle users hold is shared-chan.ts, select is ticket.ts.
 *
 * Shape     line 0  the header (core, object.ts): LOCK, the lock of receivers; Q1 receivers that wait, Q2 senders that wait
 *           line 1  the senders': SEND, their lock; TAIL; HEAD_SEEN; S_SLOW; what is being moved
 *           line 2  the receivers': HEAD; TAIL_SEEN; R_SLOW
 *           line 3  CLOSED, CAP, CODED, MASK
 *           then    the ring: a double word for each value (box.ts), a power of two of them
 *
 *           Values sent are numbered; TAIL is how many were sent into the ring and HEAD how many were received from it, both
 *           modulo 2^32. The ring holds those from HEAD to TAIL.
 *
 * Locks     Two, after Michael and Scott's queue: senders take SEND, receivers LOCK, so that a stream has each of them to one thread, and
 *           both lines stay where they are used. What concerns the other side takes both, SEND first: to wait, to serve somebody
 *           who waits, to close.
 *
 *           Fast    (fast.ts, and here for whoever finds the lock taken)
 *                   send  SEND; S_SLOW = 0; room since HEAD_SEEN, or since HEAD: slot, TAIL, unlock
 *                   recv  LOCK; R_SLOW = 0; something since TAIL_SEEN, or since TAIL: slot, HEAD, unlock
 *           Slow    with both locks, Go's rules: a receiver that waits is given the value, a sender that waits has his moved to
 *                   the ring, or taken
 *
 *           S_SLOW is 1 while receivers wait or the channel is closed, R_SLOW while senders wait or it is closed. They are
 *           written under both locks, so whoever has one sees them as they are. Who leaves a queue unserved takes LOCK
 *           alone and leaves them: then one operation is slow in vain, and makes them right.
 *
 * Order     A send happens at its store to TAIL, or when its value is given to a receiver; a receive at its store to HEAD, or when it
 *           is served. All are under a lock of their side, so values come in the order they were sent. A send that finds no room, or a
 *           receive that finds nothing, did so when it loaded HEAD or TAIL.
 *           What a thread wrote before it sent a value is visible to the one that received it, and what a receiver
 *           wrote before its k-th receive to the sender of the k + cap-th: docs/memory-model.md.
 *
 * Death     A thread that dies under SEND alone, or LOCK alone, leaves a value that was not sent or not received yet. Under both: the
 *           parking lot finishes the wake-up it was in; a sender's value that was on its way to the ring is there when he was claimed
 *           (MOVING). Flags become 1, and the next slow operation makes them right.
 *
 * Invariants  (checkShared; with both locks held)
 *   [shared-1]  0 ≤ TAIL − HEAD ≤ CAP.
 *   [shared-2]  Receivers wait only when the ring is empty and no sender waits; senders only when it is full. (But for a select
 *               that is in both, and for those who are about to leave.)
 *   [shared-3]  Somebody waits to receive, or it is closed: S_SLOW. Somebody waits to send, or it is closed: R_SLOW.
 *   [shared-4]  Closed: nobody waits.
 *
 * Cost      Fast: one compareExchange, one store, one exchange; as instructions (fast.ts) 7 ns, as calls of Atomics 33 to 50. So a
 *           send and a receive in goroutines of one thread are 60 ns, as on a channel of one thread; 32 ns by the …Sync methods. What bounds a stream
 *           between threads beyond that is that the slots' lines go from one core to the other, eight values each, and how
 *           soon a thread that parked runs again: 25 to 50 µs, in which a ring of 1024 runs full or dry.
 * Rejected  One lock: both threads write its line for each value, 40 ns and more. No lock (Vyukov's ring of sequence
 *           numbers): two atomics instead of three, but a thread that dies between them leaves a hole that all wait for, and
 *           rendezvous, hand-off and close need the lock anyway; and an atomic is 2 ns of 60. Batches: a value that waits for company is
 *           late. A receiver that reads ahead, or keeps the lock for a while: what it has and nobody sees dies with it, or waits
 *           for its code.
 * Source    Go src/runtime/chan.go; M. Michael, M. Scott, Simple, Fast, and Practical Non-Blocking and Blocking
 *           Concurrent Queue Algorithms (1996); ringbuffers that cache the other side's index (E. Rigtorp).
 */

import { outcome } from '../case-waiter.ts'
import type { AnyCase } from '../cases.ts'
import type { Hchan } from '../hchan.ts'
import type { Remote } from '../remote.ts'
import { Box, type SharedCodec } from './box.ts'
import { lookOn } from './spin.ts'
import {
  ANSWER,
  ANSWER_STATUS,
  ARG,
  ARG2,
  checkQueues,
  claim,
  deliver,
  fatal,
  front,
  lock,
  LOCK,
  lockObject,
  notify,
  Panic,
  Q1,
  Q2,
  unlock,
  VALUE,
  type Arena,
  type Ref,
  type Thread,
} from './core.ts'
import { fastIn, type Fast } from './fast.ts'
import {
  BLOCKED,
  BUSY,
  CAP,
  CLOSED,
  CODED,
  DONE,
  ENDED,
  HEAD,
  HEAD_SEEN,
  MASK,
  MOVED,
  MOVING,
  R_SLOW,
  RING,
  S_SLOW,
  SEND,
  TAIL,
  TAIL_SEEN,
  wordsOf,
} from './layout.ts'

/* ARG2 of a waiter: what it was served with. */
const VALUED = 0
export const AT_END = 1

/** What was received last, or is to be sent; read before anything else can happen. */
export const box: Box = /* @__PURE__ */ new Box()

export class SharedKernel implements Remote {
  readonly ref: Ref
  readonly thread: Thread
  readonly a: Arena
  readonly at: number
  readonly cap: number
  codec: SharedCodec<unknown> | undefined = undefined
  /** It has no codec and was not disposed of: check() has nothing to say. */
  quick: boolean
  /** What select() knows of it. */
  hchan!: Hchan // Safety: shared-chan.ts sets it at once.
  /** The channel users hold: whoever has this, an iterator or a case of a select, has that too, so it is not collected meanwhile. */
  owner: object | null = null
  private readonly ring: number
  private readonly mask: number
  /** And what it needs: addresses in bytes. */
  private readonly fast: Fast
  private readonly atByte: number
  private readonly meByte: number
  /** Views that cover it. */
  private readonly i32: Int32Array
  private readonly f64: Float64Array

  constructor(ref: Ref) {
    const { a, at } = ref
    this.ref = ref
    this.thread = ref.thread
    this.a = a
    this.at = at
    this.cap = a.i32[at + CAP] as number
    a.touch(at, wordsOf(this.cap))
    this.i32 = a.i32
    this.f64 = a.f64
    this.ring = at + RING
    this.mask = a.i32[at + MASK] as number
    this.fast = fastIn(a)
    this.atByte = at * 4
    this.meByte = a.me * 4
    this.quick = this.i32[at + CODED] === 0
  }

  use(codec: SharedCodec<unknown>): void {
    if (this.i32[this.at + CODED] === 0) {
      throw new Panic('GMP_CHAN_NO_CODEC', 'gmp/chan: a codec for a shared channel that was made without one')
    }
    this.codec = codec
  }

  /** Before an operation. */
  check(): void {
    if (this.ref.disposed) this.ref.check()
    if (this.codec === undefined && this.i32[this.at + CODED] === 1) {
      throw new Panic(
        'GMP_CHAN_NO_CODEC',
        'gmp/chan: a shared channel with a codec is used without: sharedChan.open(channel, { codec }) on this thread first',
      )
    }
  }

  get len(): number {
    const { i32, at } = this
    // HEAD first: it is never more than TAIL was.
    const head = Atomics.load(i32, at + HEAD)
    return Math.min((Atomics.load(i32, at + TAIL) - head) | 0, this.cap)
  }

  /** Whether a send finds enough room to be worth beginning with, a quarter of the ring or some places. */
  readonly roomy = (): boolean => {
    const { i32, at, cap } = this
    const room = cap - (((i32[at + TAIL] as number) - Atomics.load(i32, at + HEAD)) | 0)
    return room >= Math.min(Math.max(cap >> 2, 1), 32) || Atomics.load(i32, at + CLOSED) === 1
  }

  /** Whether a receive finds something. */
  readonly filled = (): boolean => {
    const { i32, at } = this
    return Atomics.load(i32, at + TAIL) !== Atomics.load(i32, at + HEAD) || Atomics.load(i32, at + CLOSED) === 1
  }

  /** Looks on for a moment whether what is to be done can be done without waiting. */
  lookOn(sends: boolean): boolean {
    return this.cap > 0 && lookOn(sends ? this.roomy : this.filled)
  }

  /** Sends a number, which is no NaN. */
  sendNumber(value: number): number {
    const status = this.fast.send(this.atByte, this.meByte, value)
    if (status >= DONE) return status
    box.hi = 0
    box.num = value
    return this.sendOn(status)
  }

  /** Sends what is in `box`. */
  send(): number {
    const { fast, atByte, meByte } = this
    const status = box.hi === 0 ? fast.send(atByte, meByte, box.num) : fast.sendBox(atByte, meByte, box.lo, box.hi)
    return status >= DONE ? status : this.sendOn(status)
  }

  /** The same where the fast path came to `status`: it was BUSY, or SEND is taken. */
  private sendOn(status: number): number {
    if (status === BUSY) {
      const { a, i32, at } = this
      lock(a, at + SEND)
      if (i32[at + S_SLOW] === 0) {
        const tail = i32[at + TAIL] as number
        const room = this.room(tail)
        if (room) this.push(tail)
        unlock(a, at + SEND)
        return room ? DONE : BLOCKED
      }
    }
    return this.sendSlow()
  }

  /** Whether there is room behind `tail`. Under SEND. */
  private room(tail: number): boolean {
    const { i32, at, cap } = this
    if (((tail - (i32[at + HEAD_SEEN] as number)) | 0) < cap) return true
    const head = Atomics.load(i32, at + HEAD)
    i32[at + HEAD_SEEN] = head
    return ((tail - head) | 0) < cap
  }

  /** Puts what is in `box` into the ring. */
  private push(tail: number): void {
    box.write(this.a, this.ring + ((tail & this.mask) << 1))
    Atomics.store(this.i32, this.at + TAIL, (tail + 1) | 0)
  }

  /** The same with both locks; SEND is taken. */
  private sendSlow(): number {
    lockObject(this.a, this.at)
    const status = this.sendLocked()
    this.unlock()
    return status
  }

  /** Receives into `box`. */
  recv(): number {
    const { a, i32 } = this
    const value = this.fast.recv(this.atByte, this.meByte)
    // oxlint-disable-next-line no-self-compare -- is it a number?
    if (value === value) {
      box.hi = 0
      box.num = value
      return DONE
    }
    const status = i32[a.me + ANSWER_STATUS] as number
    if (status === DONE) box.read(a, a.me + ANSWER)
    return status >= DONE ? status : this.recvOn(status)
  }

  /** The same where the fast path came to `status`: it was BUSY, or both locks are needed. */
  private recvOn(status: number): number {
    const { a, i32, at } = this
    if (status === BUSY) lockObject(a, at)
    if (status === BUSY && i32[at + R_SLOW] === 0) {
      const head = i32[at + HEAD] as number
      let tail = i32[at + TAIL_SEEN] as number
      // Behind HEAD, when a receive with both locks went past it.
      if (((tail - head) | 0) <= 0) i32[at + TAIL_SEEN] = tail = Atomics.load(i32, at + TAIL)
      const there = tail !== head
      if (there) this.shift(head)
      unlock(a, at + LOCK)
      return there ? DONE : BLOCKED
    }
    if (status === BUSY) unlock(a, at + LOCK)
    this.lock()
    const slowly = this.recvLocked()
    this.unlock()
    return slowly
  }

  /** Takes what is at `head` out of the ring. */
  private shift(head: number): void {
    box.read(this.a, this.ring + ((head & this.mask) << 1))
    Atomics.store(this.i32, this.at + HEAD, (head + 1) | 0)
  }

  lock(): void {
    lock(this.a, this.at + SEND)
    lockObject(this.a, this.at)
  }

  /** Gives both locks back, and wakes whom was served. */
  unlock(): void {
    this.release()
    // What is in `box` survives: a message that comes now may put something else there.
    const { num, lo, hi } = box
    notify(this.a)
    box.num = num
    box.lo = lo
    box.hi = hi
  }

  /** Gives both locks back. */
  release(): void {
    const { a, at } = this
    unlock(a, at + LOCK)
    unlock(a, at + SEND)
  }

  /* With both locks. */

  /** Sends what is in `box`. */
  sendLocked(): number {
    const { a, i32, at } = this
    this.settle()
    if (i32[at + CLOSED] === 1) return ENDED
    for (let w = front(a, at + Q1); w !== 0; w = front(a, at + Q1)) {
      box.write(a, w + VALUE)
      a.i32[w + ARG2] = VALUED
      if (!claim(a, at, w)) continue
      deliver(a, at, w)
      this.flags()
      return DONE
    }
    const tail = i32[at + TAIL] as number
    const room = ((tail - (i32[at + HEAD] as number)) | 0) < this.cap
    if (room) this.push(tail)
    this.flags()
    return room ? DONE : BLOCKED
  }

  /** Receives into `box`. */
  recvLocked(): number {
    const { a, i32, at } = this
    this.settle()
    const head = i32[at + HEAD] as number
    if (head !== i32[at + TAIL]) {
      this.shift(head)
      this.settle()
      this.flags()
      return DONE
    }
    for (let w = front(a, at + Q2); w !== 0; w = front(a, at + Q2)) {
      box.read(a, w + VALUE)
      a.i32[w + ARG2] = VALUED
      if (!claim(a, at, w)) continue
      deliver(a, at, w)
      this.flags()
      return DONE
    }
    this.flags()
    return i32[at + CLOSED] === 1 ? ENDED : BLOCKED
  }

  /** Moves the values of senders who wait into the ring as long as there is room. */
  private settle(): void {
    const { a, i32, at, cap } = this
    for (let w = front(a, at + Q2); w !== 0; w = front(a, at + Q2)) {
      const tail = i32[at + TAIL] as number
      if (((tail - (i32[at + HEAD] as number)) | 0) >= cap) return
      const slot = this.ring + ((tail & this.mask) << 1)
      i32[slot] = a.i32[w + VALUE] as number
      i32[slot + 1] = a.i32[w + VALUE + 1] as number
      a.i32[w + ARG2] = VALUED
      i32[at + MOVED] = (tail + 1) | 0
      i32[at + MOVING] = 1
      const mine = claim(a, at, w)
      if (mine) {
        Atomics.store(i32, at + TAIL, (tail + 1) | 0)
        deliver(a, at, w)
      }
      i32[at + MOVING] = 0
    }
  }

  /** Makes S_SLOW and R_SLOW right. */
  flags(): void {
    const { i32, at } = this
    const closed = i32[at + CLOSED] === 1
    i32[at + S_SLOW] = closed || i32[at + Q1] !== 0 ? 1 : 0
    i32[at + R_SLOW] = closed || i32[at + Q2] !== 0 ? 1 : 0
  }

  /** Closes it; false when it is. */
  close(): boolean {
    const { a, i32, at } = this
    this.lock()
    const open = i32[at + CLOSED] === 0
    if (open) {
      this.settle()
      Atomics.store(i32, at + CLOSED, 1)
      for (const queue of [at + Q1, at + Q2]) {
        for (let w = front(a, queue); w !== 0; w = front(a, queue)) {
          a.i32[w + ARG2] = AT_END
          if (claim(a, at, w)) deliver(a, at, w)
        }
      }
      this.flags()
    }
    this.unlock()
    return open
  }

  /* For select(). */

  ready(sends: boolean): boolean {
    this.check()
    const { i32, at, hchan } = this
    if (Atomics.load(i32, at + CLOSED) === 1) return (hchan.closed = true)
    if (sends) return this.len < this.cap || Atomics.load(i32, at + Q1) !== 0
    return this.len > 0 || Atomics.load(i32, at + Q2) !== 0
  }

  attempt({ sends, value }: AnyCase, key: PropertyKey): unknown {
    if (sends) {
      box.put(this.a, value, this.codec)
      const { lo, hi } = box
      if (this.send() === DONE) return outcome(key, true, undefined, true)
      box.lo = lo
      box.hi = hi
      box.discard(this.thread)
      return undefined
    }
    const status = this.recv()
    if (status === BLOCKED) return undefined
    return outcome(key, false, status === DONE ? box.open(this.thread, this.codec) : undefined, status === DONE)
  }
}

/** Core's hook: a thread died with both locks. `claimed` had been claimed and not been sent. */
export function repair(a: Arena, at: number, claimed: number): void {
  const { i32 } = a
  if (claimed !== 0 && i32[at + MOVING] === 1) Atomics.store(i32, at + TAIL, i32[at + MOVED] as number)
  i32[at + MOVING] = 0
  i32[at + S_SLOW] = 1
  i32[at + R_SLOW] = 1
}

/** Core's hook: the thread of a waiter died. Frees the value that nobody gets. */
export function died(a: Arena, w: number, served: boolean): void {
  const sends = a.i32[w + ARG] === 1
  const valued = a.i32[w + ARG2] === VALUED
  if (a.thread === null || (sends ? served && valued : !served || !valued)) return
  const lost = new Box()
  lost.read(a, w + VALUE)
  lost.discard(a.thread)
}

/** Core's hook: frees what is in the ring; nobody has the channel any more. */
export function destroy(a: Arena, at: number): void {
  const { thread } = a
  if (thread === null) return
  const cap = a.i32[at + CAP] as number
  a.touch(at, wordsOf(cap))
  const mask = a.i32[at + MASK] as number
  const left = new Box()
  for (let n = a.i32[at + HEAD] as number; n !== a.i32[at + TAIL]; n = (n + 1) | 0) {
    left.read(a, at + RING + ((n & mask) << 1))
    left.discard(thread)
  }
}

/** Verifies [shared-1..4] and both queues. */
export function checkShared(k: SharedKernel): void {
  const { a, at } = k
  k.lock()
  const { i32 } = a
  const held = ((i32[at + TAIL] as number) - (i32[at + HEAD] as number)) | 0
  const waiting = checkQueues(a, at)
  const closed = i32[at + CLOSED] === 1
  const receivers = i32[at + Q1] !== 0
  const senders = i32[at + Q2] !== 0
  const slow = [i32[at + S_SLOW] === 1, i32[at + R_SLOW] === 1]
  k.unlock()
  const state = `cap ${k.cap}, ${held} buffered, ${waiting} waiting, closed ${closed}, slow ${slow.join(' ')}`
  if (held < 0 || held > k.cap) fatal(`[shared-1] more values than room: ${state}`)
  if (receivers && held > 0) fatal(`[shared-2] receivers wait for values that are there: ${state}`)
  if (senders && held < k.cap) fatal(`[shared-2] senders wait though there is room: ${state}`)
  if (((receivers || closed) && !slow[0]) || ((senders || closed) && !slow[1])) fatal(`[shared-3] ${state}`)
  if (closed && waiting > 0) fatal(`[shared-4] waiters on a closed channel: ${state}`)
}
