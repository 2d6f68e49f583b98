/*
 * Asking all threads for something, and waiting for what they answer: recordings and dumps.
 *
 * The question is a message to each thread, with the token of a slot; each answers into that slot. Threads that are stuck answer from on top
 * of what they run (nest.ts). Those that do not answer in time are counted, and what they answer later is dropped.
 */

import { current, type Here } from './here.ts'
import {
  goLocal,
  isGone,
  Panic,
  push,
  recordOf,
  rt,
  stacks,
  threadCount,
  TOKEN,
  wait,
  type Arena,
  type Op,
} from './kernel.ts'
import { ASK } from './messages.ts'
import { Answers, FROM } from './answers.ts'
import { writeOne } from './payload.ts'
import { M_THERE } from './block.ts'
import { ensureStarted } from './start.ts'
import { beginRecording, endRecording, toChrome, type ThreadNotes } from './trace.ts'

/** How long a thread has to answer, in ms. */
const PATIENCE = 1000

/* Of a question: who asks, the token of its slot, and what is asked. */
const ASKER = 2
const SLOT = 3
const WHAT = 4

/* What is asked. */
const DUMP = 1
const RECORD = 2
const NOTES = 3

interface Asked {
  readonly answers: readonly unknown[]
  readonly missing: number
}

/** Asks all other threads of the scheduler. */
function ask({ arena, thread, sched }: Here, what: number): Promise<Asked> {
  const tids = others(arena)
  if (tids.length === 0) return Promise.resolve({ answers: [], missing: 0 })
  return new Promise((resolve) => {
    const answers: Answers = new Answers(thread, tids, () => finish())
    const finish = (): void => {
      rt.host.clearTimer(timer)
      resolve({ answers: answers.got, missing: tids.length - answers.got.length })
    }
    const timer = rt.host.setTimer(finish, PATIENCE)
    for (const tid of tids) {
      sched.tell(tid, ASK, (block) => {
        arena.i32[block + ASKER] = arena.tid
        arena.i32[block + SLOT] = answers.slot
        arena.i32[block + WHAT] = what
      })
    }
    sched.wakeSysmon()
  })
}

/** The threads that answer. */
function others(a: Arena): number[] {
  return Array.from({ length: threadCount(a) }, (_, i) => i + 1).filter((tid) => {
    const record = recordOf(a, tid)
    return tid !== a.tid && record !== 0 && !isGone(a, record) && a.i32[record + M_THERE] !== 0
  })
}

/** Has this thread answer; `dump` gives its goroutines. */
export function answer({ arena, thread, sched, m }: Here, name: string, dumped: () => string): void {
  const me = { thread: arena.tid, name }
  const pOf = (): number => m?.procId ?? -1
  if (sched.tracing) beginRecording(pOf)
  thread.handle(ASK, (block) => {
    const asker = recordOf(arena, arena.i32[block + ASKER] as number)
    const slot = arena.i32[block + SLOT] as number
    const what = arena.i32[block + WHAT] as number
    let said: unknown = null
    if (what === DUMP) said = { ...me, dump: dumped() }
    else if (what === RECORD) beginRecording(pOf)
    else said = { ...me, notes: endRecording() }
    // The question becomes the answer.
    arena.i32[block + TOKEN] = slot
    arena.i32[block + FROM] = arena.tid
    writeOne(arena, block, said, () => 'the answer')
    push(arena, asker, block)
  })
}

/** A recording that is going on: `stop()` gives it. */
export interface Recording {
  /**
   * Ends the recording and gives it in Chrome's trace format, as JSON text for ui.perfetto.dev or chrome://tracing. Blocks until
   * the threads have sent theirs.
   */
  stop(): Op<string>
}

/**
 * Records what runs where on all threads, until stop(): each P a track, each turn of a goroutine a slice, with steals,
 * hand-offs and preemption marked. Starts the scheduler. Threads keep 200 000 notes each.
 *
 * **Throws** a Panic with code `GMP_SCHED_TRACING` while another recording goes on.
 */
export function trace(): Recording {
  const here = current() ?? ensureStarted()
  if (here?.sched.tracing === true) {
    throw new Panic('GMP_SCHED_TRACING', 'gmp/scheduler: trace() while another recording goes on')
  }
  if (here !== null) {
    here.sched.tracing = true
    beginRecording(() => here.m?.procId ?? -1)
    void ask(here, RECORD)
  }
  return {
    stop: () =>
      goLocal(function* stopRecording() {
        if (here === null) return toChrome([], 0)
        here.sched.tracing = false
        const own: ThreadNotes = { thread: here.arena.tid, name: 'the calling thread', notes: endRecording() }
        const { answers, missing } = yield* wait(ask(here, NOTES))
        return toChrome([own, ...(answers as ThreadNotes[])], missing)
      }),
  }
}

/**
 * A dump of all goroutines on all threads, in the grammar of Go's tracebacks, the calling thread's first. A goroutine that runs and
 * does not yield is shown with its stack, where this runtime can look into threads. Blocks until all threads have answered, or for a second.
 */
export function dump(): Op<string> {
  return goLocal(function* dumpAll() {
    const here = current()
    const own = stacks()
    if (here === null) return own
    const { answers, missing } = yield* wait(ask(here, DUMP))
    const parts = (answers as ({ thread: number; dump: string } | null)[])
      .filter((part) => part !== null && part.dump !== '')
      .toSorted((x, y) => (x?.thread ?? 0) - (y?.thread ?? 0))
      .map((part) => `thread ${part?.thread}:\n\n${part?.dump}`)
    if (missing > 0) parts.push(`${missing} more: goroutine running on other thread; stack unavailable\n`)
    return [own, ...parts].join('\n')
  })
}
