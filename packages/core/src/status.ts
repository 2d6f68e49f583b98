/*
 * The states of a goroutine, in Go's words. Only loop.ts and g.ts write one.
 *
 *   go ──► RUNNABLE ──► RUNNING ──► DEAD
 *             ▲            │
 *             └─ WAITING ◄─┘           an async goroutine is WAITING from its first await until its promise settles
 */

/** What a goroutine is doing. */
export type GStatus = 'runnable' | 'running' | 'waiting' | 'dead'

/** @internal */
export const RUNNABLE = 'runnable'
/** @internal */
export const RUNNING = 'running'
/** @internal */
export const WAITING = 'waiting'
/** @internal */
export const DEAD = 'dead'
