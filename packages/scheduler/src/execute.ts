/*
 * Running a task, on the thread that took it.
 *
 * A descriptor becomes a goroutine of @gmp/core: its function is found (the module imported, the first time), its arguments
 * are read, and from then on it is a resident of this thread like any other. Its end goes back to the owner through the
 * owner's inbox, or straight to the handle when the owner is this thread.
 */

import {
  delist,
  DONE,
  enlist,
  FAILED,
  freeG,
  ID,
  KILLED,
  NAME,
  NO_ROOM,
  OWNER,
  QUEUED,
  REVOKED,
  STARTED,
  STATE,
  THREAD,
} from './g.ts'
import {
  FAILED as G_FAILED,
  fatal,
  G,
  isGone,
  JOINED,
  push,
  ready,
  recordOf,
  rt,
  type Arena,
  type Thread,
} from './kernel.ts'
import { M_HAND } from './block.ts'
import { arrive, leave } from './context/arrive.ts'
import { load, type Loaded } from './load.ts'
import { read, writeError, writeOne } from './payload.ts'
import type { TaskStore } from './platform.ts'
import type { Body } from './registry.ts'

/** What a killed goroutine ends with here; its owner knows the reason. */
const KILL = { name: 'Killed', message: 'killed by its owner' }

/** A task that this thread has started: a goroutine that watches itself. */
export class Execution extends G {
  /** Its descriptor. */
  readonly task: number
  private readonly thread: Thread
  /** Its owner has been told of its end. */
  over = false
  /** Called when it has ended. */
  onEnd: (() => void) | null = null

  constructor(thread: Thread, task: number, body: Body, args: unknown[]) {
    super(idOf(thread.arena, task), body, args.length === 0 ? null : args, null)
    this.task = task
    this.thread = thread
    // Its owner joins it.
    this.flags |= JOINED
    this.watcher = this
  }

  ended(): void {
    const { result } = this
    if (result === KILL) this.tell(KILLED, undefined)
    else this.tell((this.flags & G_FAILED) === 0 ? DONE : FAILED, result)
    this.onEnd?.()
  }

  /** Its owner wants it to end, and it does not run at this moment, or is a generator, which looks at its next operation. */
  revoke(): void {
    // An async function cannot be stopped: it goes on, and what becomes of it is nobody's business.
    if (!this.kill(KILL)) this.tell(KILLED, undefined)
  }

  /** Its frame was torn down: it will not end by itself. */
  tornDown(): void {
    if (!this.over && this.status !== 'dead') this.fail(KILL)
  }

  /** Tells its owner, unless that was done. */
  private tell(state: number, result: unknown): void {
    if (this.over) return
    this.over = true
    endStarted(this.thread, this.task, state, result)
  }
}

function idOf(a: Arena, g: number): number {
  return a.f64[(g + ID) >> 1] as number
}

const theResult = (): string => 'the result'

/**
 * Sends the end of task `g`, which this thread has started. It is in the hands of this thread from the list to the inbox: writing the
 * result may take more memory than there is.
 */
function endStarted(thread: Thread, g: number, state: number, result: unknown): void {
  const { arena } = thread
  leave(g)
  arena.i32[arena.me + M_HAND] = g
  delist(arena, g)
  sendEnd(thread, g, state, result)
}

/** Sends the end of task `g` to its owner, which may be gone. */
export function sendEnd(thread: Thread, g: number, state: number, result: unknown): void {
  const { arena } = thread
  Atomics.store(arena.i32, g + STATE, writeEnd(arena, g, state, result))
  sendBack(thread, g)
}

/** Writes the result of a task or its error; answers which, in the end. */
function writeEnd(arena: Arena, g: number, state: number, result: unknown): number {
  let written = state
  try {
    if (state === DONE) writeOne(arena, g, result, theResult)
    else writeError(arena, g, result)
  } catch (error) {
    written = FAILED
    try {
      writeError(arena, g, error)
    } catch {
      written = NO_ROOM
    }
  }
  return written
}

function sendBack(thread: Thread, g: number): void {
  const { arena } = thread
  const owner = arena.i32[g + OWNER] as number
  const record = recordOf(arena, owner)
  // Before it is there: behind that its owner may have freed it. A thread dies only of what it does, and this allocates nothing; one
  // that stop() terminates here loses the task, which is then found by its handle.
  arena.i32[arena.me + M_HAND] = 0
  if (owner === arena.tid) thread.deliver(g)
  else if (isGone(arena, record)) freeG(arena, g)
  else push(arena, record, g)
}

/** Sends task `g` back, which a thread that is gone had in its hands. By the root. */
export function sendOn(thread: Thread, g: number, error: Error): void {
  const { i32 } = thread.arena
  const state = Atomics.compareExchange(i32, g + STATE, QUEUED, STARTED)
  if (state === QUEUED || state === STARTED) sendEnd(thread, g, FAILED, error)
  else sendBack(thread, g)
}

/** The task whose function is looked up at this very moment; 0 once it is found, or its owner wants it no more. */
let finding = 0

/**
 * Starts task `g`, which this thread took from a queue and has in its hands (M_HAND). When its module has to be imported first,
 * isImporting() from then on, and `found` is called when that is over.
 */
export function execute(thread: Thread, g: number, found: () => void): void {
  const { arena } = thread
  arena.i32[g + THREAD] = arena.tid
  const state = Atomics.compareExchange(arena.i32, g + STATE, QUEUED, STARTED)
  if (state !== QUEUED) {
    if (state !== REVOKED) fatal(`[p-2] task ${idOf(arena, g)} was taken twice: it is in state ${state}`)
    // It was killed while it waited.
    sendBack(thread, g)
    return
  }
  let args: unknown[]
  try {
    args = read(thread, g)
    arrive(thread, g, args)
  } catch (error) {
    sendEnd(thread, g, FAILED, error)
    return
  }
  enlist(arena, g)
  // An import begins with files that are read and compiled on the spot, and nest() may come in the middle of that.
  finding = g
  const loaded = load(arena, arena.touch(arena.i32[g + NAME] as number))
  if (finding !== g) return
  finding = 0
  if (loaded instanceof Promise) startLater(thread, g, loaded, args, found)
  else start(thread, g, loaded, args)
}

function start(thread: Thread, g: number, { body, isAsync }: Loaded, args: unknown[]): void {
  ready(new Execution(thread, g, isAsync && store !== null ? inTask(body, store) : body, args))
}

/** The task whose module is being imported, and whom to tell when that is over. */
let importing: { readonly task: number; readonly found: () => void } | null = null

/** Whether a task of this thread waits for its module. Until then it is to take no other, which would share the thread with it. */
export function isImporting(): boolean {
  return importing !== null
}

function startLater(thread: Thread, g: number, loaded: Promise<Loaded>, args: unknown[], found: () => void): void {
  const mine = { task: g, found }
  importing = mine
  const over = (act: () => void): void => {
    // Unless it was killed meanwhile.
    if (importing !== mine) return
    importing = null
    act()
    found()
  }
  void loaded.then(
    (body) => over(() => start(thread, g, body, args)),
    (error: unknown) => over(() => endStarted(thread, g, FAILED, error)),
  )
}

/** Ends the task with this descriptor and id if its module is still being imported. */
export function revokeImporting(thread: Thread, g: number, id: number): void {
  const found = importing?.task === g ? importing.found : null
  if ((finding !== g && found === null) || idOf(thread.arena, g) !== id) return
  if (finding === g) finding = 0
  else importing = null
  endStarted(thread, g, KILLED, undefined)
  found?.()
}

/** The execution of the task with this descriptor and id; undefined when it is over. */
export function executionOf(g: number, id: number): Execution | undefined {
  for (let one = rt.all; one !== null; one = one.allNext) {
    if (one instanceof Execution && one.task === g && one.id === id) return one
  }
  return undefined
}

/** Calls `fn` when `g` has ended, whether it is a task or not. */
export function onEnd(g: G, fn: () => void): void {
  if (g instanceof Execution) {
    g.onEnd = fn
    return
  }
  const { watcher } = g
  g.watcher = {
    ended(panicked) {
      watcher?.ended(panicked)
      fn()
    },
  }
}

/** Where this thread can be preempted: remembers which task an async function behind its first await belongs to. */
let store: TaskStore | null = null

/** Has async tasks run so that store.get() gives them. */
export function rememberTasks(made: TaskStore): void {
  store = made
}

function inTask(body: Body, tasks: TaskStore): Body {
  // The goroutine that runs is the task: this is its body.
  const run = (...args: unknown[]): unknown => tasks.run(rt.plain, () => body(...args))
  return Object.defineProperty(run, 'name', { value: body.name })
}
