/*
 * The platform of Node, Bun and Deno; see platform.ts.
 *
 * Processors  availableParallelism() looks at the affinity mask; a container's quota of processor time is in the cgroup:
 *           cpu.max (v2) or cpu.cfs_quota_us / cpu.cfs_period_us (v1), rounded up, at least 2, as Go has it since 1.25.
 *
 * Arguments  A worker inherits the process's options, but not all of them are allowed for it; those are left out. One is added on
 *           Node: without --no-force-async-hooks-checks a task that is ended inside a timer callback would take the process
 *           with it (preempt.ts).
 *
 * Life      A worker that only listens has nothing that keeps it alive, so its port does, or its `beforeExit`: see quiet(). Deno
 *           has no `beforeExit` in a worker. There the port always holds, and the thread asks itself now and then whether
 *           anything is left to run on it; what else its event loop may wait for, it cannot know.
 */

import { others, rt, type Host } from './kernel.ts'
import type { InspectorSession, Setup, TaskStore, ThreadEvents, ThreadHandle } from './platform.ts'

interface Url {
  readonly href: string
}
interface NodeWorker {
  readonly threadId: number
  on(event: 'error', listener: (error: unknown) => void): void
  on(event: 'exit', listener: (code: number) => void): void
  ref(): void
  unref(): void
  terminate(): Promise<unknown>
}
interface Port {
  on(event: 'message', listener: (message: unknown) => void): void
  ref(): void
  unref(): void
}
interface WorkerThreads {
  Worker: new (url: Url, options: object) => NodeWorker
  isMainThread: boolean
  threadId: number
  workerData: unknown
  parentPort: Port | null
}

declare const process: {
  env: Record<string, string | undefined>
  execArgv: string[]
  versions: Record<string, string | undefined>
  getBuiltinModule(name: string): unknown
  getActiveResourcesInfo?: () => string[]
  on(event: 'exit', listener: () => void): void
  off(event: 'exit', listener: () => void): void
  exit(code: number): never
  hrtime(): [seconds: number, nanoseconds: number]
  stderr: { write(text: string): void }
}

const threads = (): WorkerThreads => process.getBuiltinModule('node:worker_threads') as WorkerThreads

/** What the host calls this thread; 0 for the main one. */
export function hostId(): number {
  return threads().threadId
}

const given = (): Setup | undefined => (threads().workerData as { gmp?: Setup } | null)?.gmp

/** Whether the scheduler started this thread. */
export function isThread(): boolean {
  return given() !== undefined
}

/** Calls `run` with what this thread was started with, if the scheduler started it. */
export function whenSetUp(run: (setup: Setup) => void): void {
  const setup = given()
  if (setup !== undefined) run(setup)
}

/** Why threads cannot be made here; '' when they can. */
export function noThreads(): string {
  return ''
}

/** Starts a thread. */
export function spawn(gmp: Setup, events: ThreadEvents): ThreadHandle {
  const { Worker } = threads()
  const worker = open(Worker, gmp)
  // Its number is gone when it has ended.
  const { threadId } = worker
  worker.on('error', events.failed)
  const over = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      resolve()
      events.ended(code)
    })
  })
  worker.unref()
  return {
    hostId: threadId,
    over,
    hold: (on) => (on ? worker.ref() : worker.unref()),
    async terminate() {
      // The program lives until it is gone.
      worker.ref()
      // V8 takes an order back when the inspector's own, to tear a frame down (nest.ts), is done in the same moment.
      const again = setInterval(() => void worker.terminate(), AGAIN)
      await worker.terminate()
      clearInterval(again)
    },
  }
}

declare const URL: new (url: string, base: string) => Url

/** The threads' entry, beside this file: in the sources, or built. */
function url(): Url {
  const here = (import.meta as { url?: string }).url as string // Safety: ES modules have it.
  return here.endsWith('.ts') ? new URL('./worker.ts', here) : new URL('./worker.js', here)
}

function open(Worker: WorkerThreads['Worker'], gmp: Setup): NodeWorker {
  const extra = process.versions['bun'] === undefined && process.versions['deno'] === undefined ? [CHECKS_OFF] : []
  const options = (execArgv: string[]) => ({ workerData: { gmp }, execArgv, name: `gmp ${gmp.role}` })
  const all = [...process.execArgv, ...extra]
  try {
    return new Worker(url(), options(all))
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
    // Those that say how to find modules matter; the others are for the process.
    return new Worker(url(), options([...findingArgs(process.execArgv), ...extra]))
  }
}

const CHECKS_OFF = '--no-force-async-hooks-checks'
const FINDING =
  /^(?:-C|--conditions|--import|--loader|--experimental-(?:loader|strip-types|transform-types)|--require|-r)(?:=|$)/

/** Those of the options that say how to find modules, with their values. */
function findingArgs(args: readonly string[]): string[] {
  return args.filter((arg, i) => {
    const before = args[i - 1] ?? ''
    return FINDING.test(arg) || (FINDING.test(before) && !before.includes('=') && !arg.startsWith('-'))
  })
}

/** How many things the event loop of this thread waits for, as far as the runtime tells. */
export function activeResources(): number {
  // Bun answers nothing, ever: then there may be something.
  return process.versions['bun'] === undefined ? (process.getActiveResourcesInfo?.().length ?? 1) : 1
}

/** How many threads can run at once. */
export function parallelism(): number {
  const { availableParallelism } = process.getBuiltinModule('node:os') as { availableParallelism(): number }
  const cpus = availableParallelism()
  const quota = cgroupQuota()
  return quota === undefined ? cpus : Math.min(cpus, Math.max(2, Math.ceil(quota)))
}

function cgroupQuota(): number | undefined {
  const fs = process.getBuiltinModule('node:fs') as { readFileSync(path: string, encoding: string): string }
  const read = (path: string): string => {
    try {
      return fs.readFileSync(path, 'utf8').trim()
    } catch {
      return '' // Another system, or no such controller.
    }
  }
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/'
  for (const dir of new Set([group, '/'])) {
    const [quota, period] = read(`/sys/fs/cgroup${dir === '/' ? '' : dir}/cpu.max`).split(' ')
    if (Number(quota) > 0 && Number(period) > 0) return Number(quota) / Number(period)
  }
  const quota = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'))
  const period = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'))
  return quota > 0 && period > 0 ? quota / period : undefined
}

export function environment(name: string): string | undefined {
  return process.env[name]
}

/** Writes a line to standard error, at once. */
export function print(line: string): void {
  const fs = process.getBuiltinModule('node:fs') as { writeSync(fd: number, text: string): void }
  fs.writeSync(2, `${line}\n`)
}

/** Ends the process with `report` on standard error: Go's fatal error. */
export function die(report: string): never {
  print(report)
  return process.exit(2)
}

declare const performance: { timeOrigin: number; now(): number }

/** Microseconds since 1970, comparable between threads. */
export function epoch(): number {
  return (performance.timeOrigin + performance.now()) * 1000
}

/** Milliseconds on a monotonic clock that all threads share. */
export function clock(): number {
  // Bun and Deno count from the start of each thread.
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) return epoch() / 1000
  // What a thread takes for its timeOrigin comes from the wall clock, which may have been set in between.
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}

/** Ends this thread alone. */
export function exitThread(): void {
  process.exit(0)
}

/** Calls `fn` when the process ends, whatever the reason. Answers how to undo it. */
export function onExit(fn: () => void): () => void {
  process.on('exit', fn)
  return () => process.off('exit', fn)
}

/** Until a thread that was terminated is terminated again, in ms. */
const AGAIN = 100
/** How often a thread under Deno asks itself whether it is quiet, in ms. */
const ASKING = 20
let asking: unknown

/** Keeps this thread alive while it waits for others, or lets it end. */
export function holdThread(on: boolean): void {
  const port = threads().parentPort
  const deno = process.versions['deno'] !== undefined
  if (on || deno) port?.ref()
  else port?.unref()
  if (!deno) return
  clearInterval(asking)
  const busy = (): boolean => rt.live > 0 || rt.first !== null || rt.runnext !== null
  if (!on) asking = setInterval(() => busy() || others.busy(), ASKING)
}

/** Prepares holdThread(). */
export function prepareHold(): void {
  // A port holds only with a listener.
  threads().parentPort?.on('message', () => {})
}

/** AsyncLocalStorage. */
export function taskStore(): TaskStore {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks') as {
    AsyncLocalStorage: new () => { run<R>(value: unknown, fn: () => R): R; getStore(): unknown }
  }
  const storage = new AsyncLocalStorage()
  return { run: (value, fn) => storage.run(value, fn), get: () => storage.getStore() }
}

interface Inspector {
  url(): string | undefined
  Session: new () => {
    connectToMainThread(): void
    disconnect(): void
    on(event: string, listener: (message: { params: never }) => void): void
    post(method: string, params: object, done: (error: Error | null) => void): void
  }
}

const inspector = (): Inspector | undefined => process.getBuiltinModule('node:inspector') as Inspector | undefined

/** Whether threads that the calling one starts can be preempted: on Node, from the main thread, without a debugger. */
export function mayPreempt(): boolean {
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) return false
  const found = threads().isMainThread ? inspector() : undefined
  return found !== undefined && found.url() === undefined
}

declare const setTimeout: (fn: () => void, ms: number) => unknown
declare const setImmediate: (fn: () => void) => unknown
declare const setInterval: (fn: () => void, ms: number) => unknown
declare const clearInterval: (timer: unknown) => void

/** A turn of the event loop, or `ms` milliseconds of it. */
export function turn(ms: number): Promise<void> {
  return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))
}

/** Opens a session that reaches the main thread's workers. */
export async function openInspector(): Promise<InspectorSession | null> {
  const session = new (inspector() as Inspector).Session() // Safety: mayPreempt() has seen it.
  const post = (method: string, params: object): Promise<void> =>
    new Promise((resolve, reject) =>
      session.post(method, params, (error) => (error === null ? resolve() : reject(error))),
    )
  // What the inspector calls the thread that has this number.
  const sessions = new Map<number, string>()
  const waiting = new Map<number, (value: unknown) => void>()
  session.on('NodeWorker.attachedToWorker', ({ params }) => {
    const { sessionId, workerInfo } = params as { sessionId: string; workerInfo: { title: string } }
    sessions.set(Number(/\[worker (\d+)\]/.exec(workerInfo.title)?.[1]), sessionId)
  })
  session.on('NodeWorker.detachedFromWorker', ({ params }) => {
    const { sessionId } = params as { sessionId: string }
    for (const [host, id] of sessions) if (id === sessionId) sessions.delete(host)
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    const { id, result } = JSON.parse((params as { message: string }).message) as {
      id: number
      result?: { result?: { value?: unknown } }
    }
    waiting.get(id)?.(result?.result?.value)
    waiting.delete(id)
  })
  session.connectToMainThread()
  await post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  // It attaches to the thread that it serves as well, which would have it wait for itself.
  const own = sessions.get(threads().threadId)
  if (own !== undefined) await post('NodeWorker.detach', { sessionId: own })
  let last = 0
  const send = async (host: number, method: string, params: object): Promise<{ answer: Promise<unknown> }> => {
    const sessionId = sessions.get(host)
    if (sessionId === undefined) throw new Error(`no session with thread ${host}`)
    const id = ++last
    const answer = new Promise<unknown>((resolve) => waiting.set(id, resolve))
    await post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) })
    // In an object: waiting for the order to be sent is not waiting for its answer.
    return { answer }
  }
  return {
    async evaluate(host, expression) {
      return (await send(host, 'Runtime.evaluate', { expression, silent: true, returnByValue: true })).answer
    },
    close: () => session.disconnect(),
    terminate: async (host) => void (await send(host, 'Runtime.terminateExecution', {})),
  }
}

interface SelfPort {
  on(event: 'message', listener: () => void): void
  postMessage(value: unknown): void
  ref(): void
  unref(): void
}
declare const MessageChannel: new () => { port1: SelfPort; port2: SelfPort }

/**
 * The queues of a thread whose code may be torn down: V8 drops the microtasks that are queued when it tears one down, and
 * Node stops for good when it was an immediate. So both are messages that the thread sends itself.
 */
export function messageQueues(): Pick<Host, 'microtask' | 'macrotask'> {
  const { port1, port2 } = new MessageChannel()
  const tasks: (() => void)[] = []
  port1.on('message', () => {
    const task = tasks.shift()
    if (tasks.length === 0) port1.unref()
    task?.()
  })
  port1.unref()
  const post = (fn: () => void): void => {
    if (tasks.push(fn) === 1) port1.ref()
    port2.postMessage(0)
  }
  return { microtask: post, macrotask: post }
}
