/*
 * Tiny programs of goroutines and channels, run for real and by the sequential model under a schedule that `choose` decides.
 *
 * A goroutine takes a turn before each of its operations; whose turn it is, and which ready case a select takes, is asked
 * of choose(). Fused, a goroutine may also go on without giving up the thread: then what it woke has not run yet. The
 * outcome is what each goroutine got, who is stuck, and what the channels look like in the end.
 */

import { chan, recv, select, send, trySelect, type Chan } from '@gmp/chan'
import { go, type Goroutine, type Op, type Routine } from '@gmp/core'
import { complete, rt, started, swapHost, Waiter } from '@gmp/core/internal'
import { ChanModel, ModelChan, ScriptedHost, type Choose, type ModelOutcome } from 'testkit'
import { checkChan } from '../src/hchan.ts'
import { KERNEL } from '../src/kernel.ts'

/** A case: the channel's index, and whether it sends. */
export interface Way {
  readonly channel: number
  readonly sends: boolean
}

export type Step =
  | { readonly do: 'wait'; readonly ways: readonly Way[]; readonly priority?: boolean; readonly signal?: boolean }
  | { readonly do: 'try'; readonly ways: readonly Way[] }
  | { readonly do: 'close'; readonly channel: number }
  | { readonly do: 'abort' }
  | { readonly do: 'kill'; readonly goroutine: number }

export interface Program {
  readonly caps: readonly number[]
  readonly goroutines: readonly (readonly Step[])[]
}

/** The value that goroutine g sends with case c of its step s: each is different. */
const valueOf = (g: number, s: number, c: number): number => 100 * (g + 1) + 10 * s + c

const text = (cased: number, ok: boolean | undefined, value: unknown): string =>
  ok === undefined ? `${cased}:sent` : `${cased}:${ok ? String(value) : 'end'}`

function show(logs: readonly string[][], channels: readonly { len: number; closed: boolean }[]): string {
  const ends = channels.map(({ len, closed }) => `${len}${closed ? ' closed' : ''}`)
  return [...logs.map((log) => log.join(' ')), ends.join(' ')].join(' | ')
}

/** What the model makes of a program. */
export function modelOutcome({ caps, goroutines }: Program, choose: Choose): string {
  const channels = caps.map((cap) => new ModelChan(cap))
  const model = new ChanModel(channels, (count) => choose(count))
  const logs: string[][] = goroutines.map(() => [])
  const at = goroutines.map(() => 0)
  const waiting = new Set<number>()
  const dead = new Set<number>()
  const hung = new Set<number>()
  let aborted = false
  const log = (g: number, outcome: ModelOutcome): void => {
    const entry =
      outcome.how === 'panic'
        ? outcome.text
        : text(outcome.case, 'ok' in outcome ? outcome.ok : undefined, 'value' in outcome ? outcome.value : 0)
    logs[g]?.push(entry)
  }
  const settle = (): void => {
    for (const { id, outcome } of model.served.splice(0)) {
      waiting.delete(id)
      hung.delete(id)
      log(id, outcome)
    }
  }
  const wake = (g: number, entry: string): void => {
    model.cancel(g)
    waiting.delete(g)
    logs[g]?.push(entry)
  }
  const perform = (g: number, step: Step, s: number): void => {
    switch (step.do) {
      case 'close': {
        const channel = channels[step.channel] as ModelChan // Safety: programs name channels they have.
        logs[g]?.push(model.close(channel) ?? 'closed')
        break
      }
      case 'abort':
        aborted = true
        for (const other of hung) wake(other, 'aborted')
        hung.clear()
        logs[g]?.push('aborts')
        break
      case 'kill': {
        const other = step.goroutine
        const alive = !dead.has(other) && (waiting.has(other) || (at[other] ?? 0) < (goroutines[other]?.length ?? 0))
        logs[g]?.push(`kills ${alive}`)
        if (alive) wake(other, 'killed')
        if (alive) dead.add(other)
        hung.delete(other)
        break
      }
      default: {
        const cases = step.ways.map(({ channel, sends }, c) => ({
          channel: channels[channel] as ModelChan,
          sends,
          value: valueOf(g, s, c),
        }))
        if ('signal' in step && step.signal && aborted) logs[g]?.push('aborted')
        else waitOrTry(g, step, cases)
      }
    }
  }
  const waitOrTry = (g: number, step: Step & { do: 'wait' | 'try' }, cases: Parameters<ChanModel['park']>[1]): void => {
    const ready = model.ready(cases)
    if (ready.length > 0) {
      const index = ready['priority' in step && step.priority ? 0 : choose(ready.length)] ?? 0
      log(g, model.perform(cases, index))
    } else if (step.do === 'try') logs[g]?.push('default')
    else {
      model.park(g, cases, 'priority' in step && step.priority)
      waiting.add(g)
      if (step.signal) hung.add(g)
    }
  }
  for (;;) {
    const runnable = goroutines.flatMap((steps, g) =>
      (at[g] ?? 0) < steps.length && !waiting.has(g) && !dead.has(g) ? g : [],
    )
    if (runnable.length === 0) break
    const g = runnable[choose(runnable.length, (i) => `g${runnable[i]}`)] ?? 0
    const s = at[g] ?? 0
    at[g] = s + 1
    perform(g, goroutines[g]?.[s] as Step, s) // Safety: s < length.
    settle()
  }
  for (const g of waiting) logs[g]?.push('stuck')
  return show(
    logs,
    channels.map(({ buffer, closed }) => ({ len: buffer.length, closed })),
  )
}

const TURN = { reason: 'turn' }

/** What the runtime makes of a program. */
export class RealRun {
  private readonly host = new ScriptedHost(() => 0)
  private readonly program: Program
  private readonly choose: Choose
  private readonly channels: Chan<number>[]
  private readonly logs: string[][]
  private readonly turns: (Waiter | undefined)[]
  private readonly handles: Goroutine<unknown>[] = []
  private readonly controller = new AbortController()
  private readonly fused: boolean

  constructor(program: Program, choose: Choose, fused = false) {
    this.program = program
    this.choose = choose
    this.fused = fused
    swapHost(this.host)
    // Either extreme: replaces the case chosen so far, or not.
    this.host.random = () => (choose(2, (i) => (i === 0 ? 'another' : 'the same')) === 0 ? 0 : 0xffff_ffff)
    this.channels = program.caps.map((cap) => chan<number>(cap))
    this.logs = program.goroutines.map(() => [])
    this.turns = program.goroutines.map(() => undefined)
  }

  /** All goroutines are generators. */
  run(): string {
    for (const g of this.program.goroutines.keys()) this.handles.push(go(this.body, this, g))
    this.host.runAll()
    while (this.turn()) {
      this.host.runAll()
      this.check()
    }
    return this.end()
  }

  /** The goroutines of `outside` are code outside goroutines, which awaits. */
  async runMixed(outside: (g: number) => boolean): Promise<string> {
    for (const g of this.program.goroutines.keys()) {
      if (outside(g)) void this.async(g)
      else this.handles[g] = go(this.body, this, g)
    }
    do {
      // Six hops are more than any outcome takes to arrive.
      for (let i = 0; i < 6; i++) {
        this.host.runAll()
        await Promise.resolve()
      }
      this.check()
    } while (this.turn())
    return this.end()
  }

  /** Gives somebody the turn. Answers whether anybody wants it. */
  private turn(): boolean {
    const wanting = [...this.turns.keys()].filter((g) => this.turns[g] !== undefined)
    if (wanting.length === 0) return false
    const g = wanting[this.choose(wanting.length, (i) => `g${wanting[i]}`)] ?? 0
    const turn = this.turns[g] as Waiter // Safety: it wants it.
    this.turns[g] = undefined
    complete(turn, undefined)
    return true
  }

  private await(g: number): Op<unknown> {
    const turn = new Waiter(TURN, undefined)
    this.turns[g] = turn
    return started(turn)
  }

  private *body(run: RealRun, g: number): Routine {
    let over = false
    try {
      let before: Op<unknown> | undefined
      for (const [s, step] of run.steps(g)) {
        const goOn =
          run.fused &&
          before !== undefined &&
          (before as { done?: boolean }).done &&
          run.choose(2, (i) => ['turn', 'go on'][i] ?? '') === 1
        if (!goOn) yield* run.await(g)
        before = undefined
        try {
          const op = run.perform(g, step, s)
          if (op !== undefined) {
            before = (op as { done?: boolean }).done ? op : undefined
            run.log(g, step, yield* op)
          }
        } catch (error) {
          run.logs[g]?.push((error as Error).message)
        }
      }
      over = true
    } finally {
      run.turns[g] = undefined
      if (!over && !run.ended) run.logs[g]?.push('killed')
    }
  }

  private async async(g: number): Promise<void> {
    for (const [s, step] of this.steps(g)) {
      await this.await(g)
      try {
        const op = this.perform(g, step, s)
        if (op !== undefined) this.log(g, step, await op)
      } catch (error) {
        this.logs[g]?.push((error as Error).message)
      }
    }
  }

  private steps(g: number): IterableIterator<[number, Step]> {
    return (this.program.goroutines[g] ?? []).entries()
  }

  private perform(g: number, step: Step, s: number): Op<unknown> | undefined {
    switch (step.do) {
      case 'close':
        this.channels[step.channel]?.close()
        this.logs[g]?.push('closed')
        return undefined
      case 'abort':
        this.logs[g]?.push('aborts')
        this.controller.abort(new Error('aborted'))
        return undefined
      case 'kill':
        this.logs[g]?.push(`kills ${this.handles[step.goroutine]?.kill()}`)
        return undefined
      case 'try': {
        const r: { case: string | number } = trySelect(this.cases(g, s, step.ways))
        if (r.case === 'default') this.logs[g]?.push('default')
        else this.log(g, step, r)
        return undefined
      }
      default:
        return this.wait(g, s, step)
    }
  }

  private wait(g: number, s: number, { ways, priority, signal }: Step & { do: 'wait' }): Op<unknown> {
    const options = signal ? { signal: this.controller.signal } : {}
    const [way] = ways
    if (ways.length !== 1 || way === undefined) return select(this.cases(g, s, ways), { ...options, priority })
    const channel = this.channel(way)
    return way.sends ? channel.send(valueOf(g, s, 0), options) : channel.recvOk(options)
  }

  private channel({ channel }: Way): Chan<number> {
    return this.channels[channel] as Chan<number> // Safety: programs name channels they have.
  }

  private cases(g: number, s: number, ways: readonly Way[]) {
    return ways.map((way, c) => (way.sends ? send(this.channel(way), valueOf(g, s, c)) : recv(this.channel(way))))
  }

  private log(g: number, { do: form, ...step }: Step, result: unknown): void {
    const r = (result ?? {}) as { case?: number; ok?: boolean; value?: unknown }
    const single = form === 'wait' && 'ways' in step && step.ways.length === 1
    this.logs[g]?.push(text(single ? 0 : (r.case ?? -1), r.ok, r.value))
  }

  private check(): void {
    for (const channel of this.channels) checkChan(channel[KERNEL])
  }

  private ended = false

  private end(): string {
    this.ended = true
    const ends = this.channels.map((channel) => ({ len: channel.len, closed: channel[KERNEL].closed }))
    this.program.goroutines.forEach((steps, g) => {
      const log = this.logs[g] ?? []
      if (log.length < steps.length && log.at(-1) !== 'killed') log.push('stuck')
    })
    const shown = show(this.logs, ends)
    for (const handle of this.handles) handle?.kill()
    for (const channel of this.channels) if (!channel[KERNEL].closed) channel.close()
    this.host.runAll()
    if (rt.live > 0) throw new Error(`${rt.live} goroutines outlive the program`)
    return shown
  }
}
