/*
 * Tiny programs on one structure, run for real under every schedule, and by a sequential model under all that it leaves open.
 *
 * A program is a list of steps for each goroutine. explore() decides who goes on; before each step others may, and whoever is
 * woken may be overtaken, killed or aborted before it runs. The outcome is what each step came to, who is stuck, and the state in
 * the end. What happens under some schedule must be what the model may come to, and the other way round.
 *
 * Steps     name     what the subject makes of it: 'lock', 'release'…
 *           name!    the same with the program's one signal
 *           abort    aborts that signal          kill0   kills goroutine 0, which then gives back what it holds
 *
 * Turns     A goroutine that runs goes on until it waits, or is interrupted: at an operation that need not wait, or, where a step is
 *           none, before the next. When it goes on, it first learns what became of its operation. So between the two, what
 *           it was given it has and does not know of.
 */

import { go, gosched, type Goroutine, type Op, type Routine, type WaitOptions } from '@gmp/core'
import { explore, settle } from '@gmp/core/testing'
import { exhaust, type Choose } from 'testkit'
import { expect } from 'vitest'
import { checkKernel } from './both-idioms.ts'

/** A structure under test. */
interface Subject {
  /** What a step comes to: an operation that may wait, or a word. */
  perform(step: string, options: WaitOptions | undefined): Op<unknown> | string
  state(): string
  check(): void
  /** Lets go what runs on by itself, when the program is over. */
  end?(): void
}

/** What a step comes to that is an operation and need not wait: it goes on, or is interrupted there. */
export const DONE: unique symbol = Symbol('done')
export const LATER: unique symbol = Symbol('later')

type Came = string | typeof DONE | typeof LATER | undefined

/** Its sequential model. */
export abstract class Model {
  /** Who was let go on, in order. */
  granted: number[] = []
  protected readonly choose: Choose
  /** Whether it is code that awaits. */
  protected readonly outside: (g: number) => boolean

  constructor(choose: Choose, outside: (g: number) => boolean) {
    this.choose = choose
    this.outside = outside
  }

  /** What a step comes to; a word for what is no operation; undefined: goroutine `g` waits. */
  abstract perform(step: string, g: number): Came
  /** These leave whatever they wait in, together. */
  abstract cancel(gs: readonly number[]): void
  /** What somebody who was let go on finds when it runs; LATER: it is interrupted on its way. */
  returns(_g: number): string | typeof LATER {
    return 'ok'
  }
  /** It has gone on. */
  knows(_g: number): void {}
  /** Who waits and runs all the same, to try. */
  get trying(): number | undefined {
    return undefined
  }
  /** It tries. */
  try(): void {}
  /** It was killed and unwinds: what it was given is not to get lost. */
  unwinds(g: number): void {
    this.cancel([g])
  }
  /** Something goes on by itself, in no goroutine of the program. */
  get acts(): boolean {
    return false
  }
  act(): void {}
  abstract state(): string

  /** It did not have to wait. */
  protected done(g: number): typeof DONE | typeof LATER {
    return this.outside(g) || this.choose(2) === 1 ? LATER : DONE
  }
}

export interface Kind {
  readonly real: () => Subject
  readonly model: new (choose: Choose, outside: (g: number) => boolean) => Model
  /** The step that gives back what each step took. */
  readonly undo: Readonly<Record<string, string>>
}

export type Program = readonly (readonly string[])[]

const bare = (step: string): string => step.replace('!', '')

/** The steps that give back what a goroutine holds. */
class Holdings {
  private held: string[] = []
  private readonly undo: Kind['undo']

  constructor(undo: Kind['undo']) {
    this.undo = undo
  }

  note(step: string, outcome: string): void {
    const back = this.undo[bare(step)]
    if (outcome === 'ok' && back !== undefined) this.held.push(back)
    const i = this.held.lastIndexOf(step)
    if (i >= 0) this.held.splice(i, 1)
  }

  takeAll(): string[] {
    return this.held.splice(0).toReversed()
  }
}

function show(logs: readonly (readonly string[])[], stuck: ReadonlySet<number>, killed: ReadonlySet<number>): string[] {
  return logs.map((log, g) => [...log, ...(killed.has(g) ? ['killed'] : stuck.has(g) ? ['stuck'] : [])].join(' '))
}

/** What the model makes of a program. */
class ModelRun {
  private readonly program: Program
  private readonly choose: Choose
  private readonly model: Model
  private readonly logs: string[][]
  private readonly holdings: Holdings[]
  private readonly at: number[]
  private readonly waiting = new Set<number>()
  /** Those that wait with the signal. */
  private readonly hung = new Set<number>()
  /** Who has an outcome and does not know it yet; null: what the model says when it runs. */
  private readonly coming = new Map<number, string | null>()
  private readonly killed = new Set<number>()
  /** Killed, and not unwound yet. */
  private readonly dying = new Set<number>()
  private aborted = false

  constructor(kind: Kind, program: Program, choose: Choose, outside: (g: number) => boolean) {
    this.program = program
    this.choose = choose
    this.model = new kind.model(choose, outside)
    this.logs = program.map(() => [])
    this.holdings = program.map(() => new Holdings(kind.undo))
    this.at = program.map(() => 0)
  }

  run(): string {
    for (;;) {
      const turns = this.turns()
      if (turns.length === 0) break
      turns[this.choose(turns.length)]?.()
      this.collect()
    }
    return [...show(this.logs, this.waiting, this.killed), this.model.state()].join(' | ')
  }

  /** Who may go on. */
  private turns(): (() => void)[] {
    const { model } = this
    const turns = [...this.program.keys()].filter((g) => this.goesOn(g)).map((g) => () => this.turn(g))
    if (model.acts) turns.push(() => model.act())
    return turns
  }

  private left(g: number): boolean {
    return (this.at[g] ?? 0) < (this.program[g]?.length ?? 0)
  }

  private goesOn(g: number): boolean {
    if (this.killed.has(g)) return this.dying.has(g)
    return this.coming.has(g) || (this.waiting.has(g) ? this.model.trying === g : this.left(g))
  }

  private turn(g: number): void {
    if (this.dying.delete(g)) return this.unwind(g)
    if (this.waiting.has(g)) {
      this.model.try()
      this.collect()
      if (!this.coming.has(g)) return
    }
    if (this.coming.has(g) && !this.learn(g)) return
    while (this.left(g) && this.step(g) === DONE) {
      this.report(g, 'ok')
    }
  }

  /** Answers whether it knows now. */
  private learn(g: number): boolean {
    const outcome = this.coming.get(g) ?? this.model.returns(g)
    if (outcome === LATER) this.coming.set(g, 'ok')
    else {
      this.coming.delete(g)
      this.model.knows(g)
      this.report(g, outcome)
    }
    return outcome !== LATER
  }

  private step(g: number): Came {
    const name = this.program[g]?.[this.at[g] ?? 0] ?? ''
    this.at[g] = (this.at[g] ?? 0) + 1
    const came = this.perform(g, name)
    if (came === undefined) {
      this.waiting.add(g)
      if (name.endsWith('!')) this.hung.add(g)
    } else if (came === LATER) this.coming.set(g, 'ok')
    else if (came !== DONE) this.report(g, came)
    this.collect()
    return came
  }

  private perform(g: number, name: string): Came {
    if (name === 'abort') return this.abort()
    if (name.startsWith('kill')) return `kills ${this.kill(Number(name.slice(4)))}`
    return name.endsWith('!') && this.aborted ? 'aborted' : this.model.perform(bare(name), g)
  }

  private abort(): string {
    this.aborted = true
    const gone = [...this.hung]
    this.hung.clear()
    this.model.cancel(gone)
    for (const g of gone) {
      this.waiting.delete(g)
      if (!this.killed.has(g)) this.coming.set(g, 'aborted')
    }
    return 'aborts'
  }

  private kill(g: number): boolean {
    const alive = !this.killed.has(g) && (this.waiting.has(g) || this.coming.has(g) || this.left(g))
    if (!alive) return false
    this.killed.add(g)
    this.dying.add(g)
    if (this.model.trying === g) return true
    if (this.waiting.delete(g)) {
      this.hung.delete(g)
      this.model.cancel([g])
    }
    return true
  }

  /** Gives back what it holds, whether it knew of it or not. */
  private unwind(g: number): void {
    this.waiting.delete(g)
    this.hung.delete(g)
    const coming = this.coming.get(g)
    if (this.coming.delete(g) && coming !== 'aborted') this.note(g, 'ok')
    this.model.unwinds(g)
    for (const back of this.holdings[g]?.takeAll() ?? []) this.model.perform(back, g)
  }

  private collect(): void {
    for (const g of this.model.granted.splice(0)) {
      this.waiting.delete(g)
      this.hung.delete(g)
      this.coming.set(g, null)
    }
  }

  private report(g: number, outcome: string): void {
    this.logs[g]?.push(outcome)
    this.note(g, outcome)
  }

  private note(g: number, outcome: string): void {
    this.holdings[g]?.note(this.program[g]?.[(this.at[g] ?? 0) - 1] ?? '', outcome)
  }
}

/** What the runtime makes of a program. */
class RealRun {
  private readonly subject: Subject
  private readonly logs: string[][]
  private readonly handles: Goroutine<unknown>[]
  private readonly holdings: Holdings[]
  private readonly controller = new AbortController()
  /** Code that awaits cannot be killed: what it waits with when the program is over. */
  private readonly releases: AbortController[]
  private readonly stuck = new Set<number>()
  private readonly killed = new Set<number>()
  private ended = false
  private readonly program: Program

  constructor(kind: Kind, program: Program, outside: (g: number) => boolean) {
    this.program = program
    this.subject = kind.real()
    this.logs = program.map(() => [])
    this.holdings = program.map(() => new Holdings(kind.undo))
    this.releases = program.map(() => new AbortController())
    this.handles = program.map((_, g) => (outside(g) ? go(this.asynchronous, this, g) : go(this.generator, this, g)))
  }

  check(): void {
    this.subject.check()
    checkKernel()
  }

  private *generator(run: RealRun, g: number): Routine {
    // Whether others could go on since its last step.
    let interrupted = true
    let over = false
    try {
      for (const step of run.program[g] ?? []) {
        if (!interrupted) yield* gosched()
        interrupted = false
        let outcome: string
        try {
          const op = run.perform(step, undefined)
          if (typeof op === 'string') outcome = op
          else {
            interrupted = !run.refuses(step)
            run.stuck.add(g)
            yield* op
            outcome = 'ok'
          }
        } catch (error) {
          outcome = (error as Error).message
        }
        if (run.ended) return
        run.report(g, step, outcome)
      }
      over = true
    } finally {
      run.stuck.delete(g)
      if (!over && !run.ended) for (const back of run.holdings[g]?.takeAll() ?? []) run.giveBack(back)
    }
  }

  private async asynchronous(run: RealRun, g: number): Promise<void> {
    let interrupted = true
    for (const step of run.program[g] ?? []) {
      if (!interrupted) await gosched()
      interrupted = false
      let outcome: string
      try {
        const op = run.perform(step, run.releases[g])
        if (typeof op === 'string') outcome = op
        else {
          interrupted = !run.refuses(step)
          run.stuck.add(g)
          outcome = await op.then(() => 'ok')
        }
      } catch (error) {
        outcome = (error as Error).message
      }
      if (run.ended) return
      run.report(g, step, outcome)
    }
  }

  /** Whether its signal has aborted already: then no operation begins. */
  private refuses(step: string): boolean {
    return step.endsWith('!') && this.controller.signal.aborted
  }

  private giveBack(step: string): void {
    try {
      void this.subject.perform(step, undefined)
    } catch {
      // Somebody else gave it back.
    }
  }

  private report(g: number, step: string, outcome: string): void {
    this.stuck.delete(g)
    this.logs[g]?.push(outcome)
    this.holdings[g]?.note(step, outcome)
  }

  private perform(step: string, release: AbortController | undefined): Op<unknown> | string {
    if (step === 'abort') {
      this.controller.abort(new Error('aborted'))
      return 'aborts'
    }
    if (step.startsWith('kill')) return `kills ${this.kill(Number(step.slice(4)))}`
    const controller = step.endsWith('!') ? this.controller : release
    return this.subject.perform(bare(step), controller && { signal: controller.signal })
  }

  private kill(g: number): boolean | undefined {
    const kills = this.handles[g]?.kill()
    if (kills === true) this.killed.add(g)
    return kills
  }

  /** What it came to: nobody goes on any more. */
  outcome(): string {
    for (const g of this.killed) expect(this.handles[g]?.status).toBe('dead')
    return [...show(this.logs, this.stuck, this.killed), this.subject.state()].join(' | ')
  }

  /** Ends whoever is stuck, one after the other, so that nothing is left open in that. */
  *end(): Routine {
    this.ended = true
    this.subject.end?.()
    for (const [g, handle] of this.handles.entries()) {
      if (!handle.kill()) this.releases[g]?.abort(new Error('released'))
      if (!this.controller.signal.aborted && handle.status !== 'dead') this.controller.abort(new Error('released'))
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
  kind: Kind,
  programs: readonly Program[],
  { outside = () => false, preemptions = Infinity }: Runs = {},
): Promise<number> {
  let count = 0
  for (const program of programs) {
    const { schedules, wrong, missing } = await exhaust(
      { explore, settle },
      {
        begin: () => new RealRun(kind, program, outside),
        model: (choose) => new ModelRun(kind, program, choose, outside).run(),
        preemptions,
      },
    )
    count += schedules
    if (wrong.length + missing.length > 0)
      expect({ program: JSON.stringify(program), wrong, missing }).toEqual({ wrong: [], missing: [] })
  }
  return count
}

/** All sequences of 1 to `most` steps. */
export function sequences(alphabet: readonly string[], most: number): string[][] {
  const one = alphabet.map((step) => [step])
  return most === 1
    ? one
    : [...one, ...sequences(alphabet, most - 1).flatMap((rest) => alphabet.map((step) => [step, ...rest]))]
}

/** All choices of `count` of `items`, in any number of copies, regardless of order. */
export function multisets<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]]
  return items.flatMap((item, i) => multisets(items.slice(i), count - 1).map((rest) => [item, ...rest]))
}

/** All of a large set under GMP_STRESS, every n-th otherwise. */
export function every<T>(n: number, items: readonly T[]): T[] {
  return items.filter((_, i) => process.env['GMP_STRESS'] !== undefined || i % n === 0)
}
