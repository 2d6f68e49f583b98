/*
 * The sequential model of channels and selects: Go's specification in arrays.
 *
 * It is slow and obvious on purpose, and shares no idea with the implementation: every operation is a list of cases (a plain
 * send or receive has one), waiters stand in plain arrays, and a decided operation is filtered out of all of them.
 *
 * Choice    The model does not choose. ready() says which cases could go on; the test observes or decides which one does and
 *           tells perform(). So any choice of the implementation that Go allows is followed, and no other. When a select
 *           waits on a channel with several cases and is served, any of them may be the one: `pick` decides.
 */

/** What an operation came to. `ok` and `value` are there for receives. */
export type ModelOutcome =
  | { readonly how: 'sent'; readonly case: number }
  | { readonly how: 'received'; readonly case: number; readonly ok: boolean; readonly value: unknown }
  | { readonly how: 'panic'; readonly text: string }

export interface ModelCase {
  /** Null: a nil channel. */
  readonly channel: ModelChan | null
  readonly sends: boolean
  readonly value?: unknown
}

/** Somebody who waits, with one case or several. */
export interface ModelWaiter {
  readonly id: number
  /** Cases on one channel are served in the order they are written. */
  readonly ordered: boolean
  readonly cases: readonly ModelCase[]
}

interface Queued {
  readonly waiter: ModelWaiter
  readonly case: number
}

export class ModelChan {
  readonly cap: number
  closed = false
  buffer: unknown[] = []
  /** One entry for each case that waits here: a select may be in a queue more than once. */
  sendq: Queued[] = []
  recvq: Queued[] = []

  constructor(cap: number) {
    this.cap = cap
  }
}

const SEND_ON_CLOSED: ModelOutcome = { how: 'panic', text: 'send on closed channel' }

export class ChanModel {
  /** Those that waited and whose operation is over now, in the order they were served. The test takes them out. */
  served: { readonly id: number; readonly outcome: ModelOutcome }[] = []
  private readonly channels: readonly ModelChan[]
  private readonly pick: (count: number) => number

  constructor(channels: readonly ModelChan[], pick: (count: number) => number = () => 0) {
    this.channels = channels
    this.pick = pick
  }

  /** Which of the cases can go on now. */
  ready(cases: readonly ModelCase[]): number[] {
    return [...cases.keys()].filter((i) => {
      const { channel, sends } = cases[i] as ModelCase // Safety: a key of cases.
      if (channel === null) return false
      if (channel.closed) return true
      if (sends) return channel.recvq.length > 0 || channel.buffer.length < channel.cap
      return channel.sendq.length > 0 || channel.buffer.length > 0
    })
  }

  /** Does one case that is ready. */
  perform(cases: readonly ModelCase[], index: number): ModelOutcome {
    const one = cases[index]
    if (one?.channel === undefined || one.channel === null || !this.ready(cases).includes(index)) {
      throw new Error(`case ${index} was chosen and was not ready`)
    }
    return one.sends ? this.send(one.channel, one.value, index) : this.receive(one.channel, index)
  }

  private send(channel: ModelChan, value: unknown, index: number): ModelOutcome {
    if (channel.closed) return SEND_ON_CLOSED
    const first = this.first(channel.recvq)
    if (first === undefined) channel.buffer.push(value)
    else this.serve(first.waiter, { how: 'received', case: first.case, ok: true, value })
    return { how: 'sent', case: index }
  }

  /** Who is served next, and in which case. */
  private first(queue: readonly Queued[]): Queued | undefined {
    const cases = queue.filter(({ waiter }) => waiter === queue[0]?.waiter)
    return cases.length < 2 || cases[0]?.waiter.ordered ? cases[0] : cases[this.pick(cases.length)]
  }

  private receive(channel: ModelChan, index: number): ModelOutcome {
    const sender = this.first(channel.sendq)
    const queued = channel.buffer.length > 0
    if (!queued && sender === undefined) return { how: 'received', case: index, ok: false, value: undefined }
    if (sender !== undefined) {
      channel.buffer.push(sender.waiter.cases[sender.case]?.value)
      this.serve(sender.waiter, { how: 'sent', case: sender.case })
    }
    return { how: 'received', case: index, ok: true, value: channel.buffer.shift() }
  }

  /** Waits: none of the cases is ready. */
  park(id: number, cases: readonly ModelCase[], ordered = false): void {
    if (this.ready(cases).length > 0) throw new Error(`operation ${id} parks though a case is ready`)
    const waiter = { id, cases, ordered }
    cases.forEach(({ channel, sends }, i) => {
      if (channel !== null) (sends ? channel.sendq : channel.recvq).push({ waiter, case: i })
    })
  }

  /** Closes an open channel: all who wait on it are served, receivers first, each queue in order. */
  close(channel: ModelChan): string | undefined {
    if (channel.closed) return 'close of closed channel'
    channel.closed = true
    for (let r = this.first(channel.recvq); r !== undefined; r = this.first(channel.recvq)) {
      this.serve(r.waiter, { how: 'received', case: r.case, ok: false, value: undefined })
    }
    for (let s = channel.sendq[0]; s !== undefined; s = channel.sendq[0]) this.serve(s.waiter, SEND_ON_CLOSED)
    return undefined
  }

  private serve(waiter: ModelWaiter, outcome: ModelOutcome): void {
    this.cancel(waiter.id)
    this.served.push({ id: waiter.id, outcome })
  }

  /** Takes an operation out of every queue: it is over, was aborted, or its goroutine was killed. */
  cancel(id: number): void {
    for (const channel of this.channels) {
      channel.sendq = channel.sendq.filter(({ waiter }) => waiter.id !== id)
      channel.recvq = channel.recvq.filter(({ waiter }) => waiter.id !== id)
    }
  }
}
