/*
 * The platform of browsers; see platform.ts.
 *
 * Threads are dedicated module workers. They share memory only on a page that is cross-origin isolated; without, there are
 * none (core, unshared()). A worker survives an uncaught exception, so that is reported and nothing dies; a worker
 * whose script cannot be loaded never says that it is up, and counts as ended. There is no inspector, no environment and no end of the
 * program to wait for.
 */

import type { Host } from './kernel.ts'
import type { InspectorSession, Setup, TaskStore, ThreadEvents, ThreadHandle } from './platform.ts'

interface WebWorker {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'error', listener: (event: { error?: unknown; message?: string }) => void): void
  terminate(): void
}
interface Scope {
  readonly name?: string
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void, options: { once: true }): void
  close(): void
}

declare const Worker: (new (url: object, options: object) => WebWorker) | undefined
declare const URL: new (url: string, base: string) => object
declare const navigator: { hardwareConcurrency?: number } | undefined
declare const performance: { timeOrigin: number; now(): number }
declare const setTimeout: (fn: () => void, ms: number) => unknown
declare const console: { error(text: string): void }

const scope = globalThis as unknown as Scope

/**
 * Not written in the place where it is used: a bundler that knows `new Worker(new URL(…, import.meta.url))` would make a bundle
 * of its own of the worker, with a second copy of everything, and the modules of tasks come with the first. The worker
 * is an entry beside the others instead (README, Bundles).
 */
const here = (import.meta as { url?: string }).url as string

/** What a worker says when it runs, and when it closes itself. */
const UP = 'gmp:up'
const CLOSED = 'gmp:closed'

/** What a worker is sent. */
interface Given {
  readonly gmp: Setup
  readonly hostId: number
}

let own = 0
let last = 0
let inside = false

export function hostId(): number {
  return own
}

/** Whether the scheduler started this thread. */
export function isThread(): boolean {
  return inside
}

/** Calls `run` with what this thread was started with, if the scheduler started it. */
export function whenSetUp(run: (setup: Setup) => void): void {
  if (typeof Worker !== 'undefined' && scope.name?.startsWith('gmp ') !== true) return
  scope.addEventListener(
    'message',
    ({ data }) => {
      const { gmp, hostId: id } = data as Given
      own = id
      inside = true
      scope.postMessage(UP)
      run(gmp)
    },
    { once: true },
  )
}

/** Why threads cannot be made here; '' when they can. */
export function noThreads(): string {
  return typeof Worker === 'undefined' ? 'this realm has no Worker' : ''
}

/** Starts a thread. */
export function spawn(gmp: Setup, events: ThreadEvents): ThreadHandle {
  // Safety: noThreads() has seen Worker.
  const worker = new Worker!(new URL('./worker.js', here), {
    type: 'module',
    name: `gmp ${gmp.role}`,
  })
  let ended = (): void => {}
  const over = new Promise<void>((resolve) => (ended = resolve))
  const given: Given = { gmp, hostId: ++last }
  let up = false
  worker.addEventListener('message', ({ data }) => {
    if (data === UP) up = true
    else if (data === CLOSED) {
      ended()
      events.ended(0)
    }
  })
  worker.addEventListener('error', ({ error, message }) => {
    events.failed(error ?? message)
    if (!up) events.ended(1)
  })
  worker.postMessage(given)
  return {
    hostId: given.hostId,
    over,
    hold() {},
    async terminate() {
      worker.terminate()
      ended()
    },
  }
}

export function activeResources(): number {
  return 1 // It cannot be asked.
}

export function parallelism(): number {
  return (typeof navigator === 'undefined' ? undefined : navigator.hardwareConcurrency) ?? 2
}

export function environment(): string | undefined {
  return undefined
}

export function print(line: string): void {
  console.error(line)
}

export function die(report: string): never {
  console.error(report)
  throw new Error(report)
}

export function epoch(): number {
  return (performance.timeOrigin + performance.now()) * 1000
}

/** The standard has all threads' clocks count on one monotonic clock. */
export function clock(): number {
  return epoch() / 1000
}

/** Ends this thread alone. */
export function exitThread(): void {
  scope.postMessage(CLOSED)
  scope.close()
}

export function onExit(): () => void {
  return () => {}
}

export function holdThread(): void {}

export function prepareHold(): void {}

export function mayPreempt(): boolean {
  return false
}

export function turn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/* What only threads that can be preempted call. */

export function taskStore(): TaskStore {
  return { run: (_, fn) => fn(), get: () => undefined }
}

export async function openInspector(): Promise<InspectorSession | null> {
  return null
}

export function messageQueues(): Partial<Pick<Host, 'microtask' | 'macrotask'>> {
  return {}
}
