/*
 * A model checker: every state that a few small processes can reach, whatever the order of their steps.
 *
 * What      A model is a state of a few bytes, and processes that take steps. A step is what happens at once: one access to shared
 *           memory, or what a lock makes one. explore() takes every step of every process from every state it
 *           finds, breadth first, until there are no new ones.
 *
 * Checked   safe    holds in every state.
 *           good    can still be reached from every state. This is more than that nobody is stuck: processes that run in circles for
 *                   good are found too, while circles that can be left are fine. It needs no assumption about
 *                   fairness but that a step which stays possible is taken some day.
 *
 * Failing   The error has the shortest way to the bad state, a line for each step. canonical() may give processes other numbers
 *           from one line to the next.
 *
 * Smaller   Processes that do the same in other numbers are the same state: canonical() says which of them stands for all.
 *           explore() keeps a string for each state and two numbers for each step: a million states take half a gigabyte.
 */

/** A state: bytes, whose meaning is the model's. */
export type State = Uint8Array

/** Answers a number from 0 to n - 1: a step that may go more than one way asks. */
export type Choose = (n: number) => number

export interface Model {
  readonly initial: State
  /** How many processes there are. */
  readonly processes: number
  /**
   * Takes the next step of a process, in place. Answers what it did, for the trace; or nothing when it has none at this
   * moment, and then the state is as before.
   */
  step(s: State, process: number, choose: Choose): string | undefined
  /** Which of the states that differ only in names stands for them, in place. */
  canonical?(s: State): void
  /** What is wrong with a state; nothing when it is fine. */
  unsafe?(s: State): string | undefined
  /** Whether this is what everything must be able to come to. */
  good(s: State): boolean
  /** A state in words, for the trace. */
  show(s: State): string
}

export interface Explored {
  readonly states: number
  readonly steps: number
}

/** A list of numbers that grows. */
class Numbers {
  private items = new Int32Array(1024)
  length = 0

  push(n: number): void {
    if (this.length === this.items.length) {
      const larger = new Int32Array(this.length * 2)
      larger.set(this.items)
      this.items = larger
    }
    this.items[this.length++] = n
  }

  at(i: number): number {
    return this.items[i] as number
  }
}

/** The answers that choose() gives, one way after the other. */
class Ways {
  private taken: number[] = []
  private widths: number[] = []
  private next = 0

  readonly choose: Choose = (n) => {
    const i = this.next++
    this.widths[i] = n
    return (this.taken[i] ??= 0)
  }

  begin(): void {
    this.next = 0
  }

  /** Goes on to the next way; false when this was the last. */
  advance(): boolean {
    if (this.next === 0 && this.taken.length === 0) return false
    this.taken.length = this.next
    while (this.taken.length > 0) {
      const last = this.taken.length - 1
      const choice = (this.taken[last] as number) + 1
      if (choice < (this.widths[last] as number)) {
        this.taken[last] = choice
        return true
      }
      this.taken.pop()
    }
    return false
  }
}

const keyOf = (s: State): string => String.fromCharCode.apply(null, s as unknown as number[])

function stateOf(key: string): State {
  const s = new Uint8Array(key.length)
  for (let i = 0; i < s.length; i++) s[i] = key.charCodeAt(i)
  return s
}

/** What explore() throws. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
}

class Exploration {
  private readonly model: Model
  private readonly known = new Map<string, number>()
  private readonly keys: string[] = []
  /** How a state was first reached: from which one, by what. */
  private readonly from = new Numbers()
  private readonly by = new Numbers()
  private readonly labels: string[] = []
  private readonly labelNumbers = new Map<string, number>()
  /** All steps. */
  private readonly source = new Numbers()
  private readonly target = new Numbers()

  constructor(model: Model) {
    this.model = model
  }

  run(limit: number): Explored {
    this.enter(this.model.initial.slice(), -1, '')
    for (let i = 0; i < this.keys.length; i++) {
      if (i > limit) throw new ModelError(`more than ${limit} states`)
      this.expand(i)
    }
    this.lookBack()
    return { states: this.keys.length, steps: this.source.length }
  }

  private enter(s: State, from: number, label: string): void {
    this.model.canonical?.(s)
    const key = keyOf(s)
    let state = this.known.get(key)
    if (state === undefined) {
      state = this.keys.length
      this.known.set(key, state)
      this.keys.push(key)
      this.from.push(from)
      this.by.push(this.numberOf(label))
      const wrong = this.model.unsafe?.(s)
      if (wrong !== undefined) throw this.failed(wrong, state)
    }
    if (from < 0) return
    this.source.push(from)
    this.target.push(state)
  }

  private numberOf(label: string): number {
    let n = this.labelNumbers.get(label)
    if (n === undefined) {
      n = this.labels.push(label) - 1
      this.labelNumbers.set(label, n)
    }
    return n
  }

  private expand(i: number): void {
    const { model } = this
    const before = stateOf(this.keys[i] as string)
    const s = before.slice()
    const ways = new Ways()
    const { length } = this.source
    for (let process = 0; process < model.processes; process++) {
      do {
        ways.begin()
        s.set(before)
        const label = model.step(s, process, ways.choose)
        if (label !== undefined) this.enter(s, i, label)
      } while (ways.advance())
    }
    if (this.source.length === length && !model.good(before)) throw this.failed('here everything stops', i)
  }

  /** From which states a good one can be reached; the others are wrong. */
  private lookBack(): void {
    const count = this.keys.length
    const first = new Int32Array(count).fill(-1)
    const next = new Int32Array(this.source.length)
    for (let e = 0; e < this.source.length; e++) {
      next[e] = first[this.target.at(e)] as number
      first[this.target.at(e)] = e
    }
    const fine = new Uint8Array(count)
    const todo: number[] = []
    for (let i = 0; i < count; i++) {
      if (!this.model.good(stateOf(this.keys[i] as string))) continue
      fine[i] = 1
      todo.push(i)
    }
    for (let i = todo.pop(); i !== undefined; i = todo.pop()) {
      for (let e = first[i] as number; e >= 0; e = next[e] as number) {
        const before = this.source.at(e)
        if (fine[before] === 1) continue
        fine[before] = 1
        todo.push(before)
      }
    }
    // The one that was found first is the one with the shortest way.
    const lost = fine.indexOf(0)
    if (lost >= 0) throw this.failed('from here on nothing leads to a good end', lost)
  }

  private failed(what: string, state: number): ModelError {
    const way: string[] = []
    for (let i = state; i >= 0; i = this.from.at(i)) {
      way.push(
        `  ${(this.labels[this.by.at(i)] as string).padEnd(50)} ${this.model.show(stateOf(this.keys[i] as string))}`,
      )
    }
    return new ModelError(`${what}\n\n${way.toReversed().join('\n')}`)
  }
}

/** Looks at every state of `model`. Throws a ModelError with the way to the first that is wrong. */
export function explore(model: Model, limit = 5_000_000): Explored {
  return new Exploration(model).run(limit)
}
