/*
 * trace(): a recording of who ran where, for Perfetto and chrome://tracing.
 *
 * What      While a recording is on, every thread notes what its goroutines and its P do, in memory of its own. At the end the notes are sent
 *           to whoever recorded, and become Chrome's trace format: a track for each P, with a slice for each turn of a
 *           goroutine; a track for each thread, with the turns it gives without a P; marks for steals, hand-offs, calls on top of
 *           stuck code; and arrows from the start of a task to its first turn.
 *
 * Off       costs the comparison with null that core's hooks cost anyway.
 *
 * Limits    Turns of an async function behind its first await belong to the host and do not show. A thread that does
 *           not come back within a second is left out, with a word in the recording.
 */

import { epoch } from '#platform'
import { rt, type G, type Tracer } from './kernel.ts'

/* What a note says; a number each, for there are many. */
const BEGIN = 0 // goroutine id, name, P or -1
const END = 1 // why
const READY = 2 // goroutine id
const CREATE = 3 // goroutine id
export const STEAL = 4 // P, victim
export const TAKE_P = 5 // P
export const LOSE_P = 6 // P
export const SYSCALL = 7 // P
export const SYSCALL_END = 8 // P or -1
export const HAND_OFF = 9 // P, from thread
export const PREEMPTED = 10 // thread

/** When, in µs since 1970, what, and its content. */
export type Note = readonly [number, number, ...(number | string)[]]

/** More than this are not kept: a recording of a few seconds. */
const MOST_NOTES = 200_000

/** What one thread notes. */
class Recorder implements Tracer {
  readonly notes: Note[] = []
  private readonly pOf: () => number
  private open: G | null = null

  /** `pOf` gives the number of this thread's P, or -1. */
  constructor(pOf: () => number) {
    this.pOf = pOf
  }

  note(kind: number, ...content: (number | string)[]): void {
    if (this.notes.length < MOST_NOTES) this.notes.push([epoch(), kind, ...content])
  }

  create(g: G): void {
    this.note(CREATE, g.id)
  }

  start(g: G): void {
    this.close('')
    // The pump is no goroutine.
    if (g.id === undefined) return
    this.open = g
    this.note(BEGIN, g.id, g.name || 'func', this.pOf())
  }

  park(g: G, reason: string): void {
    if (g === this.open) this.close(reason)
  }

  ready(g: G): void {
    if (g === this.open) this.close('yield')
    else if (g.id !== undefined) this.note(READY, g.id)
  }

  end(g: G): void {
    if (g === this.open) this.close('end')
  }

  make(): void {}

  private close(why: string): void {
    if (this.open === null) return
    this.open = null
    this.note(END, why)
  }
}

/** This thread's recorder, while a recording is on. */
let recorder: Recorder | null = null

/** Adds to the recording of this thread, if one is on. */
export function note(kind: number, ...content: (number | string)[]): void {
  recorder?.note(kind, ...content)
}

/** Begins to record on this thread; `pOf` gives the number of its P. */
export function beginRecording(pOf: () => number): void {
  if (recorder !== null) return
  recorder = new Recorder(pOf)
  rt.trace = recorder
}

/** Ends it, and gives what was noted. */
export function endRecording(): readonly Note[] {
  const notes = recorder?.notes ?? []
  if (rt.trace === recorder) rt.trace = null
  recorder = null
  return notes
}

/** What a thread sends. */
export interface ThreadNotes {
  readonly thread: number
  readonly name: string
  readonly notes: readonly Note[]
}

interface Event {
  readonly name: string
  readonly ph: string
  readonly ts: number
  readonly pid: number
  readonly tid: number
  readonly [key: string]: unknown
}

const PROCS = 1
const THREADS = 2

/** Chrome's trace format, as JSON. */
export function toChrome(threads: readonly ThreadNotes[], missing: number): string {
  const events: Event[] = [
    { name: 'process_name', ph: 'M', ts: 0, pid: PROCS, tid: 0, args: { name: 'Ps' } },
    { name: 'process_name', ph: 'M', ts: 0, pid: THREADS, tid: 0, args: { name: 'threads' } },
  ]
  const ps = new Set<number>()
  for (const { thread, name, notes } of threads) {
    events.push({ name: 'thread_name', ph: 'M', ts: 0, pid: THREADS, tid: thread, args: { name } })
    for (const event of ofThread(thread, notes)) {
      events.push(event)
      if (event.pid === PROCS) ps.add(event.tid)
    }
  }
  for (const p of ps) events.push({ name: 'thread_name', ph: 'M', ts: 0, pid: PROCS, tid: p, args: { name: `P${p}` } })
  events.sort((x, y) => x.ts - y.ts)
  return JSON.stringify({ traceEvents: events, displayTimeUnit: 'ns', otherData: { threadsThatDidNotAnswer: missing } })
}

function* ofThread(thread: number, notes: readonly Note[]): Generator<Event, void, void> {
  let begun: Note | null = null
  const mark = (name: string, ts: number, p: number, args: object): Event => ({
    name,
    ph: 'i',
    s: 't',
    ts,
    ...(p < 0 ? { pid: THREADS, tid: thread } : { pid: PROCS, tid: p }),
    args,
  })
  for (const one of notes) {
    const [ts, kind, a, b] = one
    if (kind === BEGIN) begun = one
    else if (kind === END && begun !== null) {
      const [from, , id, name, p] = begun as unknown as [number, number, number, string, number]
      const where = p < 0 ? { pid: THREADS, tid: thread } : { pid: PROCS, tid: p }
      yield { name, ph: 'X', ts: from, dur: ts - from, ...where, args: { goroutine: id, thread, until: a } }
      yield { name: 'start', ph: 'f', bp: 'e', cat: 'go', id, ts: from, ...where }
      begun = null
    } else if (kind === CREATE) {
      yield { name: 'start', ph: 's', cat: 'go', id: Number(a), ts, pid: THREADS, tid: thread }
    } else if (kind === STEAL) yield mark('steal', ts, Number(a), { from: `P${b}`, thread })
    else if (kind === TAKE_P) yield mark('proc start', ts, Number(a), { thread })
    else if (kind === LOSE_P) yield mark('proc stop', ts, Number(a), { thread })
    else if (kind === SYSCALL) yield mark('syscall', ts, Number(a), { thread })
    else if (kind === SYSCALL_END) yield mark('syscall end', ts, Number(a), { thread })
    else if (kind === HAND_OFF) yield mark('hand-off', ts, Number(a), { from: `thread ${b}` })
    else if (kind === PREEMPTED) yield { name: 'preempt', ph: 'i', s: 't', ts, pid: THREADS, tid: Number(a), args: {} }
  }
}
