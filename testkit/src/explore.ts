/*
 * explore: a small scenario under every schedule.
 *
 * What      A scenario asks choose(n) at each point where things may go more than one way: who takes the next step, which
 *           ready case a select takes. explore() runs it again and again, depth first, until every sequence of answers has
 *           been given. The scenario must be deterministic but for the answers and start afresh each time.
 *
 *           run 1  0 0 0      run 2  0 0 1      run 3  0 1 0   …   each run repeats a prefix and takes the next branch
 *
 * Failing   The error says which run failed and what was chosen, by label; replaying is explore({ only: [...] }).
 *
 * Tasks     interleave() is the usual scenario: tasks as generators that yield between steps. A task that yields a condition
 *           is not runnable until it holds. With k tasks of n steps there are (kn)!/(n!)^k schedules: keep them tiny.
 */

/** Answers a number from 0 to `options` - 1; `label` names the chosen one in a failure. */
export type Choose = (options: number, label?: (choice: number) => string) => number

export interface Exploration {
  /** More runs than this are a mistake in the scenario. */
  readonly limit?: number
  /** Only this schedule: the numbers a failure printed. */
  readonly only?: readonly number[]
}

/** One schedule: what was chosen at each point, and among how many. */
class Path {
  readonly taken: number[]
  readonly widths: number[] = []
  private readonly labels: string[] = []
  private at = 0

  constructor(prefix: readonly number[]) {
    this.taken = [...prefix]
  }

  readonly choose: Choose = (options, label) => {
    if (options < 1) throw new Error('a choice among nothing')
    const choice = this.taken[this.at] ?? 0
    if (choice >= options)
      throw new Error(`the scenario is not deterministic: choice ${choice} of ${options} at step ${this.at}`)
    this.taken[this.at] = choice
    this.widths[this.at] = options
    if (options > 1) this.labels.push(label?.(choice) ?? String(choice))
    this.at++
    return choice
  }

  /** The prefix that leads to the next schedule; undefined when this was the last. */
  next(): number[] | undefined {
    for (let i = this.at - 1; i >= 0; i--) {
      const choice = this.taken[i] ?? 0
      if (choice + 1 < (this.widths[i] ?? 0)) return [...this.taken.slice(0, i), choice + 1]
    }
    return undefined
  }

  failed(run: number, error: unknown): Error {
    const message = error instanceof Error ? error.message : String(error)
    const schedule = this.taken.slice(0, this.at).join(', ')
    return new Error(
      `${message}\n\n  in schedule ${run}: ${this.labels.join(' · ')}\n  replay with { only: [${schedule}] }`,
      {
        cause: error,
      },
    )
  }
}

/** Runs `scenario` under every schedule and answers how many there were. */
export function explore(scenario: (choose: Choose) => void, options: Exploration = {}): number {
  return walk(options, (path, run) => {
    try {
      scenario(path.choose)
    } catch (error) {
      throw path.failed(run, error)
    }
  })
}

/** explore() for a scenario that awaits. */
export async function exploreAsync(
  scenario: (choose: Choose) => Promise<void>,
  options: Exploration = {},
): Promise<number> {
  let prefix: readonly number[] | undefined = options.only ?? []
  let runs = 0
  while (prefix !== undefined) {
    const path = new Path(prefix)
    bounded(runs++, options)
    try {
      await scenario(path.choose)
    } catch (error) {
      throw path.failed(runs, error)
    }
    prefix = options.only === undefined ? path.next() : undefined
  }
  return runs
}

function walk(options: Exploration, visit: (path: Path, run: number) => void): number {
  let prefix: readonly number[] | undefined = options.only ?? []
  let runs = 0
  while (prefix !== undefined) {
    const path = new Path(prefix)
    bounded(runs++, options)
    visit(path, runs)
    prefix = options.only === undefined ? path.next() : undefined
  }
  return runs
}

function bounded(runs: number, { limit = 1_000_000 }: Exploration): void {
  if (runs >= limit) throw new Error(`more than ${limit} schedules: make the scenario smaller`)
}

/** A task of interleave(): lets others run at each yield; not runnable while a condition it yields does not hold. */
export type Task = Generator<(() => boolean) | undefined, void, void>

/** Runs the tasks, one step at a time, in an order that `choose` decides. Answers the names of those that are stuck. */
export function interleave(tasks: Readonly<Record<string, Task>>, choose: Choose): string[] {
  const waiting = new Map(Object.keys(tasks).map((name) => [name, (): boolean => true]))
  while (waiting.size > 0) {
    const runnable = [...waiting].filter(([, condition]) => condition()).map(([name]) => name)
    if (runnable.length === 0) return [...waiting.keys()]
    const name = runnable[choose(runnable.length, (i) => runnable[i] ?? '')] ?? ''
    const step = tasks[name]?.next()
    if (step?.done === false) waiting.set(name, step.value ?? (() => true))
    else waiting.delete(name)
  }
  return []
}
