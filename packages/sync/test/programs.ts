/*
 * Tiny programs on one structure, run for real and by a sequential model under a schedule that `choose` decides.
 *
 * A program is a list of steps for each goroutine. A goroutine takes a turn before each step; whose turn it is, is asked of
 * choose(). Fused, a goroutine may also go on without giving up the thread: then what it woke has not run yet, may be
 * overtaken, killed or aborted. The outcome is what each step came to, who is stuck, and the state in the end.
 *
 * Steps     name     what the subject makes of it: 'lock', 'release'…
 *           name!    the same with the program's one signal
 *           abort    aborts that signal          kill0   kills goroutine 0, which then gives back what it holds
 */

import { go, type Goroutine, type Op, type Routine, type WaitOptions } from '@gmp/core'
import { complete, rt, started, swapHost, Waiter } from '@gmp/core/internal'
import { explore, exploreAsync, ScriptedHost, type Choose } from 'testkit'
import { expect } from 'vitest'
import { checkKernel } from './both-idioms.ts'

/** A structure under test. */
interface Subject {
  /** What a step comes to: an operation that may wait, or a word. */
  perform(step: string, options: WaitOptions | undefined): Op<unknown> | string
  state(): string
  check(): void
}

/** Its sequential model. */
export abstract class Model {
  /** Who was let go on, in order. */
  granted: number[] = []
  /** What a step comes to; undefined: goroutine `g` waits. */
  abstract perform(step: string, g: number): string | undefined
  /** These leave whatever they wait in, together. */
  abstract cancel(gs: readonly number[]): void
  /** What happens when everyone runs. */
  settle(): void {}
  /** What somebody who was let go on finds when it runs. */
  returns(): string {
    return 'ok'
  }
  abstract state(): string
}

export interface Kind {
  readonly real: () => Subject
  readonly model: () => Model
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

/** What the model makes of a program. */
function modelOutcome(kind: Kind, program: Program, choose: Choose, fused: boolean): string {
  const model = kind.model()
  const logs: string[][] = program.map(() => [])
  const holdings = program.map(() => new Holdings(kind.undo))
  const at = program.map(() => 0)
  const waiting = new Set<number>()
  const unreported = new Set<number>()
  const dead = new Set<number>()
  const hung: number[] = []
  const step = (g: number): string => program[g]?.[(at[g] ?? 0) - 1] ?? ''
  let aborted = false
  const report = (g: number, outcome: string): void => {
    logs[g]?.push(outcome)
    holdings[g]?.note(step(g), outcome)
  }
  const collect = (): void => {
    for (const g of model.granted.splice(0)) {
      waiting.delete(g)
      if (hung.includes(g)) hung.splice(hung.indexOf(g), 1)
      unreported.add(g)
    }
  }
  const flush = (): void => {
    model.settle()
    collect()
    for (const g of unreported) report(g, model.returns())
    unreported.clear()
  }
  const kill = (other: number): string => {
    if (
      dead.has(other) ||
      (!waiting.has(other) && !unreported.has(other) && (at[other] ?? 0) >= (program[other]?.length ?? 0))
    )
      return 'kills false'
    dead.add(other)
    if (waiting.delete(other)) {
      model.cancel([other])
      if (hung.includes(other)) hung.splice(hung.indexOf(other), 1)
    }
    // It was given what it waited for and did not live to know.
    if (unreported.delete(other)) holdings[other]?.note(step(other), 'ok')
    collect()
    return 'kills true'
  }
  /** Kills take effect when the killed goroutine runs. */
  const bury = (other: number): void => {
    for (const back of holdings[other]?.takeAll() ?? []) model.perform(back, other)
    collect()
  }
  const perform = (g: number): boolean => {
    const name = program[g]?.[at[g] ?? 0] ?? ''
    at[g] = (at[g] ?? 0) + 1
    if (name === 'abort') {
      aborted = true
      const gone = hung.splice(0)
      model.cancel(gone)
      for (const other of gone) {
        waiting.delete(other)
        logs[other]?.push('aborted')
      }
      collect()
      report(g, 'aborts')
    } else if (name.startsWith('kill')) {
      const other = Number(name.slice(4))
      const outcome = kill(other)
      report(g, outcome)
      if (outcome === 'kills true') burials.push(other)
    } else if (name.endsWith('!') && aborted) report(g, 'aborted')
    else {
      const outcome = model.perform(bare(name), g)
      if (outcome === undefined) {
        waiting.add(g)
        if (name.endsWith('!')) hung.push(g)
      } else report(g, outcome)
      collect()
      return outcome !== undefined
    }
    return true
  }
  const burials: number[] = []
  for (;;) {
    const wanting = [...program.keys()].filter(
      (g) => !dead.has(g) && !waiting.has(g) && (at[g] ?? 0) < (program[g]?.length ?? 0),
    )
    if (wanting.length === 0) break
    const g = wanting[choose(wanting.length)] ?? 0
    while (perform(g) && fused && (at[g] ?? 0) < (program[g]?.length ?? 0) && !dead.has(g) && choose(2) === 1);
    for (const other of burials.splice(0)) bury(other)
    flush()
  }
  for (const g of waiting) logs[g]?.push('stuck')
  for (const g of dead) logs[g]?.push('killed')
  return [...logs.map((log) => log.join(' ')), model.state()].join(' | ')
}

const TURN = { reason: 'turn' }

/** What the runtime makes of a program. */
class RealRun {
  private readonly host = new ScriptedHost(() => 0)
  private readonly subject: Subject
  private readonly logs: string[][]
  private readonly turns: (Waiter | undefined)[]
  private readonly handles: (Goroutine<unknown> | undefined)[] = []
  private readonly holdings: Holdings[]
  private readonly controller = new AbortController()
  private readonly stuck = new Set<number>()
  private ended = false
  private readonly kind: Kind
  private readonly program: Program
  private readonly choose: Choose
  private readonly fused: boolean

  constructor(kind: Kind, program: Program, choose: Choose, fused: boolean) {
    this.kind = kind
    this.program = program
    this.choose = choose
    this.fused = fused
    swapHost(this.host)
    rt.budget = 8
    this.subject = kind.real()
    this.logs = program.map(() => [])
    this.turns = program.map(() => undefined)
    this.holdings = program.map(() => new Holdings(this.kind.undo))
  }

  run(): string {
    for (const g of this.program.keys()) this.handles[g] = go(this.body, this, g)
    this.host.runAll()
    while (this.turn()) {
      this.host.runAll()
      this.check()
    }
    return this.end()
  }

  /** The goroutines of `outside` are code outside goroutines, which awaits. */
  async runMixed(outside: (g: number) => boolean): Promise<string> {
    for (const g of this.program.keys()) {
      if (outside(g)) void this.async(g)
      else this.handles[g] = go(this.body, this, g)
    }
    do {
      // More hops than any outcome takes to arrive.
      for (let i = 0; i < 12; i++) {
        this.host.runAll()
        await Promise.resolve()
      }
      this.check()
    } while (this.turn())
    return this.end()
  }

  private check(): void {
    this.subject.check()
    checkKernel()
  }

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
    let goOn = false
    let over = false
    try {
      for (const step of run.program[g] ?? []) {
        if (!goOn) yield* run.await(g)
        goOn = false
        let outcome: string
        let waited = false
        try {
          const op = run.perform(g, step)
          if (typeof op === 'string') outcome = op
          else {
            waited = !(op as { done?: boolean }).done
            run.stuck.add(g)
            yield* op
            outcome = 'ok'
          }
        } catch (error) {
          outcome = (error as Error).message
          if (outcome !== 'aborted') waited = false
        }
        run.stuck.delete(g)
        run.report(g, step, outcome)
        const last = run.logs[g]?.length === run.program[g]?.length
        if (run.fused && !waited && !last) goOn = run.choose(2, (i) => ['turn', 'go on'][i] ?? '') === 1
      }
      over = true
    } finally {
      run.turns[g] = undefined
      if (!over && !run.ended) {
        run.stuck.delete(g)
        for (const back of run.holdings[g]?.takeAll() ?? []) run.giveBack(back)
        run.logs[g]?.push('killed')
      }
    }
  }

  private giveBack(step: string): void {
    try {
      void this.subject.perform(step, undefined)
    } catch {
      // Somebody else gave it back.
    }
  }

  private async async(g: number): Promise<void> {
    for (const step of this.program[g] ?? []) {
      await this.await(g)
      let outcome: string
      try {
        const op = this.perform(g, step)
        this.stuck.add(g)
        outcome = typeof op === 'string' ? op : await op.then(() => 'ok')
      } catch (error) {
        outcome = (error as Error).message
      }
      this.stuck.delete(g)
      this.report(g, step, outcome)
    }
  }

  private report(g: number, step: string, outcome: string): void {
    this.logs[g]?.push(outcome)
    this.holdings[g]?.note(step, outcome)
  }

  private perform(_g: number, step: string): Op<unknown> | string {
    if (step === 'abort') {
      this.controller.abort(new Error('aborted'))
      return 'aborts'
    }
    if (step.startsWith('kill')) return `kills ${this.handles[Number(step.slice(4))]?.kill()}`
    return this.subject.perform(bare(step), step.endsWith('!') ? { signal: this.controller.signal } : undefined)
  }

  private end(): string {
    for (const g of this.stuck) this.logs[g]?.push('stuck')
    const outcome = [...this.logs.map((log) => log.join(' ')), this.subject.state()].join(' | ')
    this.ended = true
    for (const handle of this.handles) handle?.kill()
    this.host.runAll()
    this.check()
    return outcome
  }
}

function possible(kind: Kind, program: Program, fused: boolean): Set<string> {
  const outcomes = new Set<string>()
  explore((choose) => void outcomes.add(modelOutcome(kind, program, choose, fused)))
  return outcomes
}

function compare(program: Program, may: ReadonlySet<string>, happened: ReadonlySet<string>): void {
  const wrong = [...happened].filter((outcome) => !may.has(outcome))
  const missing = [...may].filter((outcome) => !happened.has(outcome))
  if (wrong.length + missing.length > 0)
    expect({ program: JSON.stringify(program), wrong, missing }).toEqual({ wrong: [], missing: [] })
}

/** Runs every program under every schedule, and compares what happens with what may, in both directions. */
export function exhaust(kind: Kind, programs: readonly Program[], fused: boolean): number {
  let schedules = 0
  for (const program of programs) {
    const happened = new Set<string>()
    schedules += explore((choose) => void happened.add(new RealRun(kind, program, choose, fused).run()))
    compare(program, possible(kind, program, fused), happened)
  }
  return schedules
}

/** exhaust(), with some goroutines as code that awaits. */
export async function exhaustMixed(
  kind: Kind,
  programs: readonly Program[],
  outside: (g: number) => boolean,
): Promise<number> {
  let schedules = 0
  for (const program of programs) {
    const happened = new Set<string>()
    schedules += await exploreAsync(async (choose) => {
      happened.add(await new RealRun(kind, program, choose, false).runMixed(outside))
    })
    compare(program, possible(kind, program, false), happened)
  }
  return schedules
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
