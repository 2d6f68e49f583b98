/*
 * The states of a goroutine, by Go's numbers (runtime2.go) and Go's words. Only loop.ts, g.ts and go.ts write one.
 *
 *   go ──► RUNNABLE ──► RUNNING ──► DEAD
 *             ▲            │
 *             └─ WAITING ◄─┘           an async goroutine is WAITING from its first await until its promise settles
 */

/** @internal */
export const RUNNABLE = 1
/** @internal */
export const RUNNING = 2
/** @internal */
export const WAITING = 4
/** @internal */
export const DEAD = 6

/** What a goroutine is doing. */
export type GStatus = 'runnable' | 'running' | 'waiting' | 'dead'

const names: Record<number, GStatus> = { 1: 'runnable', 2: 'running', 4: 'waiting', 6: 'dead' }

/** @internal */
export function statusName(status: number): GStatus {
  return names[status] as GStatus // Safety: the states above are the only ones.
}
