/*
 * @gmp/core/testing: virtual time and schedules from a seed. For tests; nothing of it is in @gmp/core.
 */

export { replay, stress, type StressOptions } from './testing/replay.ts'
export { advance, bubble, settle } from './testing/synctest.ts'
export type { BubbleFn, BubbleOptions, BubbleScope, BubbleSignal } from './testing/synctest.ts'
