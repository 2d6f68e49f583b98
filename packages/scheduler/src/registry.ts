/*
 * Tasks as the rest of the scheduler sees them: what is inside one, and the functions that this thread has for them.
 *
 * Registry  url + name -> function, filled by task(). What tasks() names is looked up among the module's exports
 *           instead (load.ts).
 */

import type { Arena } from './kernel.ts'

/** The part of an AbortSignal that tasks use. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How one task differs from others. */
export interface TaskOptions {
  /** Ends the task when it aborts: as kill() with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined
  /** Ends the task that many milliseconds after it was submitted, with a TaskTimeoutError, also in the middle of a loop. */
  readonly timeout?: number | undefined
}

/** The options of a task that has none; compared by identity. */
export const NO_OPTIONS: TaskOptions = {}

export type Body = (...args: unknown[]) => unknown

export interface TaskInside {
  readonly url: string
  readonly name: string
  readonly options: TaskOptions
  /** The function, when task() was called here. */
  readonly body: Body | null
  /** Where its name stands in an arena of this thread; set when it is first submitted. */
  arena: Arena | null
  address: number
}

export const TASK = /* @__PURE__ */ Symbol.for('gmp.scheduler.task')

/** What is inside a task; undefined for anything else. */
export function insideOf(value: unknown): TaskInside | undefined {
  return typeof value === 'function' ? (value as { [TASK]?: TaskInside })[TASK] : undefined
}

/** The functions that task() was called with on this thread. */
const registry = /* @__PURE__ */ new Map<string, Body>()
const keyOf = (url: string, name: string): string => `${url}\n${name}`

/** A module that is evaluated again, by a test runner or a hot reload, has the last word. */
export function register(url: string, name: string, body: Body): void {
  // For dumps.
  if (body.name === '') Object.defineProperty(body, 'name', { value: name })
  registry.set(keyOf(url, name), body)
}

/** What this thread has for a name; undefined before its module was imported here. */
export function registered(url: string, name: string): Body | undefined {
  return registry.get(keyOf(url, name))
}

/** The names that task() was called with in a module. */
export function namesIn(url: string): string[] {
  return [...registry.keys()].filter((key) => key.startsWith(`${url}\n`)).map((key) => key.slice(url.length + 1))
}
