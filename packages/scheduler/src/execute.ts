/*
 * Running a task, on the thread that took it.
 *
 * A descriptor becomes a goroutine of @gmp/core: its function is found (the module imported, the first time), its arguments
 * are read, and from then on it is a resident of this thread like any other. Its end goes back to the owner through the
 * owner's inbox, or straight to the handle when the owner is this thread.
 */

import { delist, DONE, enlist, FAILED, freeG, ID, KILLED, NAME, OWNER, QUEUED, STARTED, STATE, THREAD } from './g.ts'
import { FAILED as G_FAILED, G, isGone, JOINED, push, ready, recordOf, rt, type Thread } from './kernel.ts'
import { load, type Loaded } from './load.ts'
import { read, write } from './payload/values.ts'
import type { TaskStore } from './platform.ts'

/** What a killed goroutine ends with here; its owner knows the reason. */
const KILL = { name: 'Killed', message: 'killed by its owner' }

/** A task that this thread has started. */
export class Execution {
  readonly g: number
  readonly id: number
  private readonly thread: Thread
  private listed = false
  /** Null while its module is imported. */
  goroutine: G | null = null
  /** Its owner has been told of its end. */
  over = false
  /** Called when its goroutine has ended. */
  onEnd: (() => void) | null = null

  constructor(thread: Thread, g: number) {
    this.thread = thread
    this.g = g
    this.id = thread.arena.f64[(g + ID) >> 1] as number
  }

  start(body: Loaded): void {
    let args: unknown[]
    try {
      args = read(this.thread.arena, this.g)
    } catch (error) {
      this.send(FAILED, error)
      return
    }
    enlist(this.thread.arena, this.g)
    this.listed = true
    const run = isAsync(body) ? inTask(this, body) : body
    const goroutine = new G(this.id, run, args.length === 0 ? null : args, null)
    // Its owner joins it.
    goroutine.flags |= JOINED
    goroutine.watcher = this
    this.goroutine = goroutine
    ready(goroutine)
  }

  ended(): void {
    const { flags, result } = this.goroutine as G // Safety: it is the goroutine that calls.
    if (result === KILL) this.send(KILLED, undefined)
    else this.send((flags & G_FAILED) === 0 ? DONE : FAILED, result)
    this.onEnd?.()
  }

  /** Its owner wants it to end, and it does not run at this moment, or is a generator, which looks at its next operation. */
  kill(): void {
    if (this.goroutine === null || !this.goroutine.kill(KILL)) {
      // An async function cannot be stopped: it goes on, and what becomes of it is nobody's business.
      this.send(KILLED, undefined)
    }
  }

  /** Its frame was torn down: it will not end by itself. */
  tornDown(): void {
    const { goroutine } = this
    if (this.over || goroutine === null || goroutine.status === 'dead') return
    goroutine.fail(KILL)
  }

  /** Tells its owner, unless that was done. */
  send(state: number, result: unknown): void {
    if (this.over) return
    this.over = true
    if (this.listed) delist(this.thread.arena, this.g)
    sendEnd(this.thread, this.g, state, result)
  }
}

/** Sends the end of task `g` to its owner, which may be gone. */
export function sendEnd(thread: Thread, g: number, state: number, result: unknown): void {
  const { arena } = thread
  let written = state
  try {
    write(arena, g, [result], () => (state === DONE ? 'the result' : 'the error'))
  } catch (error) {
    written = FAILED
    write(arena, g, [error], () => 'the error')
  }
  Atomics.store(arena.i32, g + STATE, written)
  sendBack(thread, g)
}

function sendBack(thread: Thread, g: number): void {
  const { arena } = thread
  const owner = arena.i32[g + OWNER] as number
  if (owner === arena.tid) {
    thread.deliver(g)
    return
  }
  const record = recordOf(arena, owner)
  if (isGone(arena, record)) freeG(arena, g)
  else push(arena, record, g)
}

/** Starts task `g`, which this thread took from a queue. Answers whether there was something to start. */
export function execute(thread: Thread, g: number): boolean {
  const { arena } = thread
  arena.i32[g + THREAD] = arena.tid
  if (Atomics.compareExchange(arena.i32, g + STATE, QUEUED, STARTED) !== QUEUED) {
    // It was killed while it waited.
    sendBack(thread, g)
    return false
  }
  const execution = new Execution(thread, g)
  const body = load(arena, arena.touch(arena.i32[g + NAME] as number))
  if (typeof body === 'function') execution.start(body)
  else {
    importing.add(execution)
    void body.then(
      (loaded) => {
        importing.delete(execution)
        execution.start(loaded)
      },
      (error: unknown) => {
        importing.delete(execution)
        execution.send(FAILED, error)
      },
    )
  }
  return true
}

/** Calls `fn` when `g` has ended, whether it is a task or not. */
export function onEnd(g: G, fn: () => void): void {
  const { watcher } = g
  if (watcher instanceof Execution) watcher.onEnd = fn
  else {
    g.watcher = {
      ended(panicked) {
        watcher?.ended(panicked)
        fn()
      },
    }
  }
}

const AsyncFunction = Object.getPrototypeOf(async () => {}) as object

function isAsync(body: Loaded): boolean {
  return Object.getPrototypeOf(body) === AsyncFunction
}

/** Where this thread can be preempted: remembers which task an async function behind its first await belongs to. */
let store: TaskStore | null = null

/** Has async tasks run so that store.get() gives them. */
export function rememberTasks(made: TaskStore): void {
  store = made
}

function inTask(execution: Execution, body: Loaded): Loaded {
  const { current } = { current: store }
  if (current === null) return body
  const run = (...args: unknown[]): unknown => current.run(execution, () => body(...args))
  return Object.defineProperty(run, 'name', { value: body.name })
}

/** Tasks whose module is being imported. */
const importing = new Set<Execution>()

/** The execution of the task with this descriptor and id; undefined when it is over. */
export function executionOf(g: number, id: number): Execution | undefined {
  const same = (e: unknown): e is Execution => e instanceof Execution && e.g === g && e.id === id
  for (const execution of importing) if (same(execution)) return execution
  for (let one = rt.all; one !== null; one = one.allNext) if (same(one.watcher)) return one.watcher
  return undefined
}
