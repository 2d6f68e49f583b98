/*
 * Waiting on channels that cross threads: one operation, and the cases of a select.
 *
 * Select    as Go does it: prepares a waiter for each case, locks all its channels in the order of their addresses, looks again
 *           whether one of them can be done, and if not waits on all before it unlocks any. So no case is served while another is looked
 *           at, and two selects that want each other need not be claimed both at once: who holds the locks has not entered
 *           a queue yet. From then on whoever serves one case claims the whole select (core, Ticket). Cases on local channels are queued
 *           before that; they are this thread's affair until the ticket is claimed.
 *
 *           What is to be sent is written first, of all cases: getters and codecs run there, who may do anything, serve a local case too. Then
 *           the select is over before it has begun to wait here, its cases are in the pool, and what was written is let go of.
 */

import { CASE, type CaseWaiter, type Decision } from '../case-waiter.ts'
import { closedSend } from '../errors.ts'
import { deliver, reject } from '../hchan.ts'
import { Box } from './box.ts'
import {
  ARG,
  ARG2,
  complete,
  notify,
  Panic,
  Parked,
  Q1,
  Q2,
  rt,
  Ticket,
  VALUE,
  WaitQueue,
  type Waiter,
} from './core.ts'
import { lookOn } from './spin.ts'
import { AT_END, box, type SharedKernel } from './kernel.ts'
import { BLOCKED, DONE, ENDED } from './layout.ts'

/** An operation that waits on one channel, or a case of a select that does. */
export class ChanParked extends Parked {
  readonly kernel: SharedKernel
  readonly sends: boolean
  /** What came of it, for one that no Waiter waits for. */
  status = BLOCKED
  value: unknown = undefined

  constructor(kernel: SharedKernel, sends: boolean, w: Waiter | null, ticket: Ticket | null = null) {
    super(kernel.ref, w, ticket)
    this.kernel = kernel
    this.sends = sends
  }

  override prepare(): number {
    const block = super.prepare()
    this.kernel.a.i32[block + ARG] = this.sends ? 1 : 0
    return block
  }

  /** Does it, or waits for it with what is in `box`; the status. */
  enter(): number {
    const { kernel, sends } = this
    const block = this.prepare()
    if (sends) box.write(kernel.a, block + VALUE)
    kernel.lock()
    const status = sends ? kernel.sendLocked() : kernel.recvLocked()
    if (status === BLOCKED) this.wait()
    kernel.unlock()
    if (status !== BLOCKED) this.unprepare()
    return status
  }

  /** It waits in a queue: looks on for a moment whether it is served. */
  lookOn(): void {
    const { thread } = this.kernel
    // Nobody need call: it looks.
    const listens = thread.onWake === null
    if (listens) thread.awake()
    if (lookOn(() => thread.called)) thread.receive()
    if (listens) thread.rest()
  }

  /** Begins to wait. With both locks. */
  wait(): void {
    const { kernel, sends } = this
    this.park(kernel.at + (sends ? Q2 : Q1))
    kernel.flags()
  }

  override served(block: number): void {
    const { kernel, sends, waiter: w } = this
    const ended = kernel.a.i32[block + ARG2] === AT_END
    this.status = ended ? ENDED : DONE
    if (sends) {
      if (ended) this.dropValue(block)
      if (w === null) return
      if (ended) reject(w, closedSend())
      else if (w.kind === CASE) (w as CaseWaiter).win(undefined, true, false)
      else complete(w)
      return
    }
    if (!ended) {
      const got = new Box()
      got.read(kernel.a, block + VALUE)
      try {
        this.value = got.open(kernel.thread, kernel.codec)
      } catch (error) {
        if (w === null) throw error
        reject(w, error)
        return
      }
    }
    if (w !== null) deliver(w, this.value, !ended, ended)
  }

  override cleared(block: number): void {
    if (this.sends) this.dropValue(block)
  }

  /** Its value was not sent. */
  private dropValue(block: number): void {
    const unsent = new Box()
    unsent.read(this.kernel.a, block + VALUE)
    unsent.discard(this.kernel.thread)
  }
}

/** A queue of a shared channel's Hchan: takes the cases of a select that waits. */
export class RemoteQueue extends WaitQueue {
  private readonly kernel: SharedKernel

  constructor(kernel: SharedKernel) {
    super()
    this.kernel = kernel
  }

  override push(w: Waiter): void {
    const one = w as CaseWaiter
    const op = one.op as Waiter // Safety: a case that is queued has its operation.
    const ticket = (op.value ??= new SelectTicket(this.kernel.a)) as SelectTicket
    ticket.add(this.kernel, one)
  }
}

class SelectTicket extends Ticket implements Decision {
  private readonly waits: ChanParked[] = []

  add(kernel: SharedKernel, w: CaseWaiter): void {
    this.waits.push(new ChanParked(kernel, w.sends, w, this))
  }

  enter(random: boolean): boolean {
    const { waits } = this
    if (random) shuffle(waits)
    const first = waits[0] as ChanParked // Safety: the first channel made this.
    const { a, thread } = first.kernel
    const boxes = new Map<ChanParked, Box>()
    try {
      for (const one of waits) {
        if (this.decided) break
        if (one.kernel.a !== a) throw twoMemories()
        if (one.sends) boxes.set(one, boxOf(one))
      }
      // From here on nobody else's code runs.
      for (const one of waits) if (!this.decided) this.prepare(one, boxes)
    } catch (error) {
      if (!this.decided) {
        this.giveUp(null)
        ;(first.waiter as CaseWaiter).lose(error)
      }
    }
    if (!this.decided) return this.tryAll(first)
    for (const unsent of boxes.values()) unsent.discard(thread)
    return true
  }

  /** Before any of its cases waits on another thread's account, this one decides. */
  override take(): boolean {
    return this.at === 0 ? (this.decided = true) : super.take()
  }

  private prepare(one: ChanParked, boxes: Map<ChanParked, Box>): void {
    const { a } = one.kernel
    const block = one.prepare()
    boxes.get(one)?.write(a, block + VALUE)
    boxes.delete(one)
  }

  private tryAll(first: ChanParked): boolean {
    const { a } = first.kernel
    const kernels = [...new Set(this.waits.map(({ kernel }) => kernel))].toSorted((x, y) => x.at - y.at)
    for (const kernel of kernels) kernel.lock()
    let status = BLOCKED
    const chosen = this.waits.find((one) => {
      if (one.sends) box.read(a, one.block + VALUE)
      status = one.sends ? one.kernel.sendLocked() : one.kernel.recvLocked()
      return status !== BLOCKED
    })
    if (chosen === undefined) for (const one of this.waits) one.wait()
    for (const kernel of kernels) kernel.release()
    const got = new Box()
    Object.assign(got, box)
    notify(a)
    if (chosen === undefined) return (first.waiter as CaseWaiter).op?.owner === null
    const sent = chosen.sends && status === DONE
    this.giveUp(sent ? chosen : null)
    const w = chosen.waiter as CaseWaiter
    if (chosen.sends && status === ENDED) w.lose(closedSend())
    else {
      const ok = status === DONE
      try {
        w.win(!chosen.sends && ok ? got.open(chosen.kernel.thread, chosen.kernel.codec) : undefined, ok, false)
      } catch (error) {
        w.lose(error)
      }
    }
    return true
  }

  /** Nobody waits after all; what was to be sent, but by `sent`, is let go of. */
  private giveUp(sent: ChanParked | null): void {
    this.decided = true
    for (const one of this.waits) {
      if (one.block === 0) continue
      if (one !== sent) one.cleared(one.block)
      one.unprepare()
    }
  }
}

/** What `one` is to send, boxed. Runs user code. */
function boxOf({ kernel, waiter: w }: ChanParked): Box {
  const boxed = new Box()
  boxed.put(kernel.a, (w as CaseWaiter).value, kernel.codec)
  return boxed
}

function shuffle(waits: ChanParked[]): void {
  for (let i = waits.length - 1; i > 0; i--) {
    const j = Math.floor((rt.host.random() / 0x1_0000_0000) * (i + 1))
    ;[waits[i], waits[j]] = [waits[j] as ChanParked, waits[i] as ChanParked]
  }
}

function twoMemories(): Panic {
  return new Panic(
    'GMP_CHAN_TWO_MEMORIES',
    'gmp/chan: the shared channels of one select are in two memories: a thread has one of its own when it makes a shared object before it opens the first handle; open that first',
  )
}
