/*
 * @gmp/core/testing: virtual time, every schedule, histories and leaks. For tests; nothing of it is in @gmp/core.
 */

export { explore, type Exploration, type ExploreOptions, type ExploreScope } from './testing/explore.ts'
export { History, type Outcome, type SequentialModel } from './testing/history.ts'
export { leaks, type Leak } from './testing/leaks.ts'
export { verifyNoLeaks, type NoLeaksOptions } from './testing/no-leaks.ts'
export { replay, stress, type Chance, type StressOptions } from './testing/replay.ts'
export { advance, bubble, settle } from './testing/synctest.ts'
export type { BubbleFn, BubbleOptions, BubbleScope, BubbleSignal } from './testing/synctest.ts'
