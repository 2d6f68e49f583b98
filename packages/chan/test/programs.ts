/*
 * Tiny programs of goroutines and channels, run for real under every schedule, and by the sequential model under all that Go leaves
 * open.
 *
 * explore() decides who goes on, and which ready case a select takes. Before each operation others may go on, and whoever was served
 * may be killed before it runs. The outcome is what each goroutine got, who is stuck, and what the channels look like in the end.
 * What happens under some schedule must be what the model may come to, and the other way round.
 *
 * Turns     A goroutine that runs goes on until it waits, or is interrupted: at an operation that need not wait, or, where a step is
 *           none (a close, a try, a panic), before the next. When it goes on, it first learns what became of its operation.
 */

import { chan, recv, select, send, trySelect, type Chan } from '@gmp/chan'
import { go, gosched, type Goroutine, type Op, type Routine } from '@gmp/core'
import { explore, settle } from '@gmp/core/testing'
import { ChanModel, exhaust, ModelChan, type Choose, type ModelOutcome } from 'testkit'
import { expect } from 'vitest'
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

interface Result {
  readonly logs: readonly (readonly string[])[]
  readonly stuck: ReadonlySet<number>
  readonly killed: ReadonlySet<number>
  readonly channels: readonly { readonly len: number; readonly closed: boolean }[]
}

function show({ logs, stuck, killed, channels }: Result): string {
  const ends = channels.map(({ len, closed }) => `${len}${closed ? ' closed' : ''}`)
  const all = logs.map((log, g) => [...log, ...(killed.has(g) ? ['killed'] : stuck.has(g) ? ['stuck'] : [])].join(' '))
  return [...all, ends.join(' ')].join(' | ')
}

/** What the model makes of a program. */
class ModelRun {
  private readonly program: Program
  private readonly choose: Choose
  private readonly outside: (g: number) => boolean
  private readonly channels: ModelChan[]
  private readonly model: ChanModel
  private readonly logs: string[][]
  private readonly at: number[]
  private readonly waiting = new Set<number>()
  /** Those that wait with the signal. */
  private readonly hung = new Set<number>()
  /** What came of the operation of one that does not know it yet. */
  private readonly coming = new Map<number, string>()
  private readonly killed = new Set<number>()
  private aborted = false

  constructor(program: Program, choose: Choose, outside: (g: number) => boolean) {
    this.program = program
    this.choose = choose
    this.outside = outside
    this.channels = program.caps.map((cap) => new ModelChan(cap))
    this.model = new ChanModel(this.channels, choose)
    this.logs = program.goroutines.map(() => [])
    this.at = program.goroutines.map(() => 0)
  }

  run(): string {
    for (;;) {
      const runnable = [...this.at.keys()].filter((g) => this.goesOn(g))
      const g = runnable.length === 0 ? undefined : runnable[this.choose(runnable.length)]
      if (g === undefined) break
      this.turn(g)
    }
    const channels = this.channels.map(({ buffer, closed }) => ({ len: buffer.length, closed }))
    return show({ logs: this.logs, stuck: this.waiting, killed: this.killed, channels })
  }

  private steps(g: number): readonly Step[] {
    return this.program.goroutines[g] ?? []
  }

  private left(g: number): boolean {
    return (this.at[g] ?? 0) < this.steps(g).length
  }

  private goesOn(g: number): boolean {
    return !this.killed.has(g) && !this.waiting.has(g) && (this.coming.has(g) || this.left(g))
  }

  private turn(g: number): void {
    this.learn(g)
    while (this.left(g) && this.step(g));
  }

  private learn(g: number): void {
    const came = this.coming.get(g)
    if (came !== undefined) this.logs[g]?.push(came)
    this.coming.delete(g)
  }

  /** Answers whether it goes on at once. */
  private step(g: number): boolean {
    const s = this.at[g] ?? 0
    this.at[g] = s + 1
    const step = this.steps(g)[s] as Step // Safety: there is one left.
    switch (step.do) {
      case 'close': {
        const channel = this.channels[step.channel] as ModelChan // Safety: programs name channels they have.
        this.logs[g]?.push(this.model.close(channel) ?? 'closed')
        this.collect()
        return false
      }
      case 'abort':
        this.logs[g]?.push('aborts')
        this.abort()
        return false
      case 'kill':
        this.logs[g]?.push(`kills ${this.kill(step.goroutine)}`)
        return false
      default:
        return this.operate(g, s, step)
    }
  }

  private operate(g: number, s: number, step: Step & { do: 'wait' | 'try' }): boolean {
    const signal = 'signal' in step && step.signal === true
    if (signal && this.aborted) {
      this.logs[g]?.push('aborted')
      return false
    }
    const cases = step.ways.map(({ channel, sends }, c) => ({
      channel: this.channels[channel] as ModelChan,
      sends,
      value: valueOf(g, s, c),
    }))
    const ready = this.model.ready(cases)
    const priority = 'priority' in step && step.priority === true
    if (ready.length > 0) {
      const outcome = this.model.perform(cases, ready[priority ? 0 : this.choose(ready.length)] ?? 0)
      this.collect()
      if (step.do === 'wait' && outcome.how !== 'panic' && (this.outside(g) || this.choose(2) === 1)) {
        this.coming.set(g, told(outcome))
        return false
      }
      this.logs[g]?.push(told(outcome))
      return step.do === 'wait' && outcome.how !== 'panic'
    }
    if (step.do === 'try') this.logs[g]?.push('default')
    else {
      this.model.park(g, cases, priority)
      this.waiting.add(g)
      if (signal) this.hung.add(g)
    }
    return false
  }

  private collect(): void {
    for (const { id, outcome } of this.model.served.splice(0)) this.wake(id, told(outcome))
  }

  private wake(g: number, entry: string): void {
    this.waiting.delete(g)
    this.hung.delete(g)
    this.coming.set(g, entry)
  }

  private abort(): void {
    this.aborted = true
    for (const g of this.hung) {
      this.model.cancel(g)
      this.wake(g, 'aborted')
    }
  }

  private kill(g: number): boolean {
    const alive = !this.killed.has(g) && (this.waiting.has(g) || this.coming.has(g) || this.left(g))
    if (!alive) return false
    this.killed.add(g)
    this.coming.delete(g)
    this.waiting.delete(g)
    this.hung.delete(g)
    this.model.cancel(g)
    return true
  }
}

function told(outcome: ModelOutcome): string {
  if (outcome.how === 'panic') return outcome.text
  return text(outcome.case, 'ok' in outcome ? outcome.ok : undefined, 'value' in outcome ? outcome.value : 0)
}

/** What the runtime makes of a program. */
class RealRun {
  private readonly program: Program
  private readonly channels: Chan<number>[]
  private readonly logs: string[][]
  private readonly handles: Goroutine<unknown>[]
  private readonly controller = new AbortController()
  /** Code that awaits cannot be killed: what it waits with when the program is over. */
  private readonly releases: AbortController[]
  private readonly stuck = new Set<number>()
  private readonly killed = new Set<number>()
  private ended = false

  constructor(program: Program, outside: (g: number) => boolean) {
    this.program = program
    this.channels = program.caps.map((cap) => chan<number>(cap))
    this.logs = program.goroutines.map(() => [])
    this.releases = program.goroutines.map(() => new AbortController())
    this.handles = program.goroutines.map((_, g) =>
      outside(g) ? go(this.asynchronous, this, g) : go(this.generator, this, g),
    )
  }

  private *generator(run: RealRun, g: number): Routine {
    // Whether others could go on since its last step.
    let interrupted = true
    try {
      for (const [s, step] of run.steps(g)) {
        if (!interrupted) yield* gosched()
        interrupted = false
        try {
          const op = run.perform(g, step, s, undefined)
          if (op === undefined) continue
          interrupted = !run.refuses(step)
          run.stuck.add(g)
          run.log(g, step, yield* op)
        } catch (error) {
          run.failed(g, error)
        }
        if (run.ended) return
      }
    } finally {
      run.stuck.delete(g)
    }
  }

  private async asynchronous(run: RealRun, g: number): Promise<void> {
    let interrupted = true
    for (const [s, step] of run.steps(g)) {
      if (!interrupted) await gosched()
      interrupted = false
      try {
        const op = run.perform(g, step, s, run.releases[g])
        if (op === undefined) continue
        run.stuck.add(g)
        const result = await op
        interrupted = true
        run.log(g, step, result)
      } catch (error) {
        run.failed(g, error)
      }
      if (run.ended) return
    }
  }

  private steps(g: number): IterableIterator<[number, Step]> {
    return (this.program.goroutines[g] ?? []).entries()
  }

  /** Whether its signal has aborted already: then no operation begins. */
  private refuses(step: Step): boolean {
    return 'signal' in step && step.signal === true && this.controller.signal.aborted
  }

  private perform(g: number, step: Step, s: number, release: AbortController | undefined): Op<unknown> | undefined {
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
        this.logs[g]?.push(`kills ${this.kill(step.goroutine)}`)
        return undefined
      case 'try': {
        const r: { case: string | number } = trySelect(this.cases(g, s, step.ways))
        if (r.case === 'default') this.logs[g]?.push('default')
        else this.log(g, step, r)
        return undefined
      }
      default:
        return this.wait(g, s, step, release)
    }
  }

  private kill(g: number): boolean | undefined {
    const kills = this.handles[g]?.kill()
    if (kills === true) this.killed.add(g)
    return kills
  }

  private wait(
    g: number,
    s: number,
    { ways, priority, signal }: Step & { do: 'wait' },
    release: AbortController | undefined,
  ): Op<unknown> {
    const controller = signal ? this.controller : release
    const options = controller === undefined ? {} : { signal: controller.signal }
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
    this.stuck.delete(g)
    if (this.ended) return
    const r = (result ?? {}) as { case?: number; ok?: boolean; value?: unknown }
    const single = form === 'wait' && 'ways' in step && step.ways.length === 1
    this.logs[g]?.push(text(single ? 0 : (r.case ?? -1), r.ok, r.value))
  }

  private failed(g: number, error: unknown): void {
    this.stuck.delete(g)
    if (!this.ended) this.logs[g]?.push((error as Error).message)
  }

  check(): void {
    for (const channel of this.channels) checkChan(channel[KERNEL])
  }

  /** What it came to: nobody goes on any more. */
  outcome(): string {
    for (const g of this.killed) expect(this.handles[g]?.status).toBe('dead')
    const channels = this.channels.map((channel) => ({ len: channel.len, closed: channel[KERNEL].closed }))
    return show({ logs: this.logs, stuck: this.stuck, killed: this.killed, channels })
  }

  /** Ends whoever is stuck, one after the other, so that nothing is left open in that. */
  *end(): Routine {
    this.ended = true
    for (const [g, handle] of this.handles.entries()) {
      if (handle.status === 'dead') continue
      if (!handle.kill()) {
        this.releases[g]?.abort(new Error('released'))
        if (!this.controller.signal.aborted) this.controller.abort(new Error('released'))
      }
      try {
        yield* handle
      } catch {
        // It was killed.
      }
    }
    this.check()
  }
}

/** How programs are run. */
export interface Runs {
  /** Which goroutines are code that awaits; none, unless said. */
  readonly outside?: (g: number) => boolean
  /** Of every schedule with as many forced switches, or some more if it takes them for all that may happen; of all there are, unless said. */
  readonly preemptions?: number
}

/** Runs every program, and compares what happens with what may, in both directions. Answers the number of schedules. */
export async function runAll(
  programs: readonly Program[],
  { outside = () => false, preemptions = Infinity }: Runs = {},
): Promise<number> {
  let count = 0
  for (const program of programs) {
    const { schedules, wrong, missing } = await exhaust(
      { explore, settle },
      {
        begin: () => new RealRun(program, outside),
        model: (choose) => new ModelRun(program, choose, outside).run(),
        preemptions,
      },
    )
    count += schedules
    if (wrong.length + missing.length > 0)
      expect({ program: JSON.stringify(program), wrong, missing }).toEqual({ wrong: [], missing: [] })
  }
  return count
}
