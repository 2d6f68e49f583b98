/*
 * explore: a small scenario under every schedule.
 *
 * What      A scenario is run again and again, each time as a bubble of its own, each time with another schedule, until every one up to
 *           a bound has been tried or one fails.
 *
 * Order     The ordinary schedule first, the one the runtime would take; then all that deviate from it once, then twice. So the first
 *           failure found is one of the simplest. A deviation is one of
 *             another goroutine goes on than the one whose turn it is
 *             a goroutine is interrupted at an operation that need not wait, as at the end of a slice     forced switches:
 *             async code goes on before, or after, it would                                              counted and bounded
 *             a select takes another ready case; another of several timers due at one instant fires first;  not counted
 *             the scenario's choose() is answered in another way
 *           With a bound of k forced switches, n points and m goroutines there are about (n·m)^k schedules, whatever m: for counting
 *           departures from one fixed order, also where a goroutine blocks, is what keeps it polynomial (delay bounding).
 *           Experience (CHESS, Coyote) is that most bugs need one or two.
 *
 * States    A scenario that says what its goroutines share (ExploreScope.state) is not followed again from a state that was
 *           reached before with as many switches to spare (states.ts): few schedules lead to new states. Then even without a
 *           bound the end is reached. And without a bound, of the orders of steps that have nothing to do with each other one is run
 *           (path.ts, "Asleep").
 *
 * Between   two operations a goroutine runs alone, whatever it does to plain variables, so that is one step. It is the runtime's
 *           promise, and what makes `sum += yield* ch.recv()` a mistake that a schedule can show.
 *
 * Strays    A run whose first part is not that of the run it comes from did something else under the same schedule. What is done once in a
 *           process, a cache that is filled, a module's variable that is set, makes the first run such another one: so the first time
 *           all is begun anew, with that done. The second time it is an error that names the point.
 *
 * Fails     what the scenario throws, or any goroutine that nobody joins; a deadlock; a goroutine that is left when it is over; an
 *           always() that does not hold; more steps than maxSteps.
 *
 * Rejected  Reduction by what operations touch in scenarios that do not tell their state: goroutines share plain variables too, and
 *           nobody can see those being used. To call two steps independent because they use different channels would miss every race
 *           on a variable. Told, whatever changes what is shown depends on everything.
 *           The same with a bound: the order that is run may need more switches than the one it stands for, and so be left out itself.
 *           Or where something holds always(): between two steps that have nothing in common each order shows it another state.
 *
 * Source    Emmi, Qadeer, Rakamaric: Delay-bounded scheduling (POPL 2011). Musuvathi, Qadeer: Iterative context bounding for systematic
 *           testing (PLDI 2007).
 */

import { Panic, shown } from '../errors.ts'
import type { GoFn } from '../go.ts'
import { wait } from '../sleep.ts'
import { panicked, type Op } from '../waiter.ts'
import { Bubble } from './bubble.ts'
import { Footprints } from './footprints.ts'
import { branch, parsePath, PathSchedule, pathText, type Branch, type Deviation } from './path.ts'
import { callerOf, withNote } from './seed.ts'
import { StateTracker } from './states.ts'
import { Recorder } from './steps.ts'
import { refusal, runBubble, type BubbleScope } from './synctest.ts'
import { hold } from './world.ts'

/** How far explore() goes. */
export interface ExploreOptions {
  /** Forced switches in one schedule, 2 by default; Infinity has every schedule there is. */
  readonly preemptions?: number | undefined
  /** More schedules than this are refused, 100 000 by default. */
  readonly maxSchedules?: number | undefined
  /** A run of more steps than this is taken not to end, 10 000 by default. */
  readonly maxSteps?: number | undefined
  /** Only this schedule: the one that a failure names. */
  readonly schedule?: string | undefined
}

/** What explore() found when nothing failed. */
export interface Exploration {
  /** How many schedules were run. */
  readonly schedules: number
  /** How many states were seen; 0 unless the scenario told its state. */
  readonly states: number
}

/** What explore() gives to its scenario. */
export interface ExploreScope extends BubbleScope {
  /**
   * Says what the goroutines share: `show` gives every plain variable that more than one of them uses. Channels, locks and timers
   * made in the scenario are known without it; what one reads of another's `status`, of a signal's `aborted` or of a context's
   * `err()` is not. Then schedules that lead to a state seen before are not followed again. What
   * `show` leaves out may make two states look like one, and a failure stay hidden.
   */
  state(show: () => unknown): void
}

const MAX_SCHEDULES = 100_000
const MAX_STEPS = 10_000

/**
 * Runs `scenario` under every schedule that departs from the ordinary one by at most `preemptions` forced switches, the simplest
 * first, and answers how many there were. Each run is a bubble of its own; the scenario must make anew whatever it uses, and
 * do the same when it is given the same schedule.
 *
 * The first that fails ends it: because it throws, deadlocks, leaves goroutines behind, breaks an always(), or does not end. The
 * message lists its steps and says how to run it alone.
 *
 * **Throws** the failure; a Panic with code `GMP_TESTING_TOO_MANY_SCHEDULES` when `maxSchedules` were not enough: have fewer
 * preemptions, a smaller scenario, or tell its state.
 *
 * @example
 * ```ts
 * const racy = explore(function* () {
 *   let sum = 0
 *   const add = function* () {
 *     sum += yield* wait(1) // Reads sum before it waits.
 *   }
 *   const a = go(add)
 *   const b = go(add)
 *   yield* a
 *   yield* b
 *   if (sum !== 2) throw new Error(`the sum is ${sum}`)
 * })
 * console.log(await racy.catch((error) => error.message.split('\n')[0])) // => the sum is 1
 * ```
 */
export function explore(scenario: GoFn<[scope: ExploreScope], unknown>, options: ExploreOptions = {}): Op<Exploration> {
  const no = refusal('explore', scenario)
  if (no !== null) return panicked(no)
  const only = options.schedule === undefined ? undefined : parsePath(options.schedule)
  if (options.schedule !== undefined && only === undefined) {
    return panicked(
      new Panic(
        'GMP_TESTING_BAD_SCHEDULE',
        `gmp/testing: expected a schedule as '7:2 9:1', got ${shown(options.schedule)}`,
      ),
    )
  }
  return wait(new Explorer(scenario, options, callerOf(explore)).run(only))
}

class Explorer {
  private readonly scenario: GoFn<[scope: ExploreScope], unknown>
  private readonly preemptions: number
  private readonly maxSchedules: number
  private readonly maxSteps: number
  private readonly site: Error
  /** Fingerprints of states, with how many switches to spare each was reached, and who was asleep each time. */
  private readonly seen = new Map<number, { readonly left: number; readonly sleepers: ReadonlySet<string> }>()
  private schedules = 0

  constructor(
    scenario: GoFn<[scope: ExploreScope], unknown>,
    { preemptions = 2, maxSchedules = MAX_SCHEDULES, maxSteps = MAX_STEPS }: ExploreOptions,
    site: Error,
  ) {
    this.scenario = scenario
    this.preemptions = preemptions
    this.maxSchedules = maxSchedules
    this.maxSteps = maxSteps
    this.site = site
  }

  async run(only: Deviation[] | undefined): Promise<Exploration> {
    const release = hold()
    try {
      const paths: Branch[] = [branch(only ?? [])]
      let again = false
      // Breadth first: paths are in order of how many deviations they have.
      for (let next = 0; next < paths.length; next++) {
        const from = paths[next] as Branch // Safety: below the length.
        if (this.schedules++ >= this.maxSchedules) throw this.tooMany()
        const path = new PathSchedule(from, only === undefined ? this.preemptions : Infinity)
        const failure = await this.attempt(path, null)
        const { strayed } = path
        if (strayed !== null && !again && only === undefined) {
          // What is done once in a process was done in the first run, say: begin anew, without that.
          again = true
          this.seen.clear()
          paths.length = 0
          paths.push(branch([]))
          next = -1
          continue
        }
        if (failure !== null && !path.left) throw await this.told(path.deviations, failure.error)
        if (strayed !== null)
          throw only === undefined ? notDeterministic(from.deviations, strayed) : noSuchWay(only, strayed)
        if (only !== undefined) break
        for (const child of path.children()) {
          paths.push(child)
          // Those beyond will not be run.
          if (paths.length > this.maxSchedules + 1) break
        }
      }
      return { schedules: this.schedules, states: this.seen.size }
    } finally {
      release()
    }
  }

  /** One run; null when all is well. */
  private async attempt(path: PathSchedule, recorder: Recorder | null): Promise<{ error: unknown } | null> {
    const it = new Bubble(0, path, this.site)
    const tracker = new StateTracker(it)
    let steps = 0
    const step = (): void => {
      if (++steps === this.maxSteps) it.fail(endless(this.maxSteps))
    }
    it.observers.push(tracker, { starts: step, settles: step })
    path.onStray = () => it.fail(new Error('strayed'))
    if (recorder === null) {
      path.seen = (left, sleepers, between) =>
        this.known(tracker.fingerprint(left !== Infinity), left, sleepers, between)
      // With a bound, the order that is run may cost more switches than the one it stands for.
      if (this.preemptions === Infinity) {
        const footprints = new Footprints(it, tracker)
        it.observers.push(footprints)
        path.reduce(footprints)
      }
    } else {
      it.observers.push(recorder)
      path.listener = recorder
    }
    const scenario = (scope: BubbleScope) => {
      // Safety: it is made for this run, and one that can be written to.
      const told = scope as BubbleScope & { state: ExploreScope['state'] }
      told.state = (show) => tracker.begin(show)
      return this.scenario(told)
    }
    Object.defineProperty(scenario, 'name', { value: this.scenario.name })
    try {
      await runBubble(scenario, it)
      return null
    } catch (error) {
      return { error }
    }
  }

  /**
   * Whether a state was seen with at least as many switches to spare, and nobody asleep who is not now; if not, it is now. In the
   * midst of a step it is not known yet who that wakes.
   */
  private known(state: number | undefined, left: number, sleepers: Iterable<string>, between: boolean): boolean {
    if (state === undefined) return false
    const asleep = new Set(sleepers)
    const before = this.seen.get(state)
    if (before === undefined || before.left < left) {
      this.seen.set(state, { left, sleepers: asleep })
      return false
    }
    const both = new Set([...before.sleepers].filter((one) => asleep.has(one)))
    if (both.size === before.sleepers.size && (between || both.size === 0)) return true
    // Who was awake either time is followed then.
    if (before.left === left) this.seen.set(state, { left, sleepers: both })
    return false
  }

  /** The failure, with the steps that lead to it: those of a second run. */
  private async told(deviations: readonly Deviation[], error: unknown): Promise<unknown> {
    const recorder = new Recorder()
    const path = new PathSchedule(branch(deviations), Infinity)
    const again = await this.attempt(path, recorder)
    if (again === null || path.left) return notDeterministic(deviations, path.strayed, error)
    const { switches } = path
    const many = `${switches} forced switch${switches === 1 ? '' : 'es'}`
    const note = [
      `schedule ${this.schedules} of explore(), with ${many} (»):\n`,
      recorder.text(),
      `\n  to run it alone: { schedule: '${pathText(deviations)}' }`,
    ]
    return withNote(again.error, note.join('\n'))
  }

  private tooMany(): Panic {
    return new Panic(
      'GMP_TESTING_TOO_MANY_SCHEDULES',
      `gmp/testing: more than ${this.maxSchedules} schedules: have fewer preemptions, a smaller scenario, or tell its state()`,
    )
  }
}

function endless(steps: number): Error {
  return new Panic('GMP_TESTING_ENDLESS', `does not end: more than ${steps} steps`)
}

/** `where` says at which point that was seen. */
function notDeterministic(deviations: readonly Deviation[], where: string | null, cause?: unknown): Panic {
  const at = where === null ? '' : `: ${where}`
  const panic = new Panic(
    'GMP_TESTING_NOT_DETERMINISTIC',
    `gmp/testing: the scenario does not do the same under the same schedule, '${pathText(deviations)}'${at}: it must make anew whatever it uses, and ask only the bubble for time and chance`,
  )
  if (cause !== undefined) panic.cause = cause
  return panic
}

/** A schedule that was asked for cannot be run. */
function noSuchWay(deviations: readonly Deviation[], strayed: string): Panic {
  return new Panic(
    'GMP_TESTING_NOT_DETERMINISTIC',
    `gmp/testing: the scenario has no schedule '${pathText(deviations)}': ${strayed}: it is that of another scenario, or of one that has changed since`,
  )
}
