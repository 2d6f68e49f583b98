/*
 * What the scheduler needs of the platform: threads, and what is known about the machine. Implemented by platform-node.ts
 * (Node, Bun, Deno) and platform-web.ts (browsers); `#platform` in package.json chooses by the `node` condition.
 */

import type { SharedMemory } from './kernel.ts'

/** What a thread is started with. */
export interface Setup {
  readonly memory: SharedMemory
  readonly role: 'm' | 'sysmon'
  /** For sysmon: which threads there are is read from the arena; whether it may use the inspector. */
  readonly preempt: boolean
}

/** How a thread that was started is held. */
export interface ThreadHandle {
  /** What its record says it is called: HOST_ID. */
  readonly hostId: number
  /** Keeps the program alive as long as the thread lives, or stops to. */
  hold(on: boolean): void
  terminate(): Promise<unknown>
  /** Done when it has ended. */
  readonly over: Promise<void>
}

/** What happens to a thread. */
export interface ThreadEvents {
  /** It threw, and ends. */
  failed(error: unknown): void
  ended(code: number): void
}

/** A way into threads that do not come back. */
export interface InspectorSession {
  /** Evaluates an expression on top of whatever the thread runs; gives its value. */
  evaluate(hostId: number, expression: string): Promise<unknown>
  /** Orders the end of what the thread executes. Done when the order has reached the thread's queue. */
  terminate(hostId: number): Promise<void>
  close(): void
}

/** AsyncLocalStorage, as far as it is used. */
export interface TaskStore {
  run<R>(value: unknown, fn: () => R): R
  get(): unknown
}
