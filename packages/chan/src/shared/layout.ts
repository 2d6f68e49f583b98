/*
 * Where what stands in a shared channel, and what an operation on it can come to: kernel.ts and fast.ts. Its shape: kernel.ts.
 */

import { LINE } from './core.ts'

/* The senders' line. */
export const SEND = LINE
export const TAIL: number = LINE + 1
export const HEAD_SEEN: number = LINE + 2
export const S_SLOW: number = LINE + 3
/** 1: the value of a sender who waits stands in the ring, and counts when he is claimed: TAIL is MOVED then. */
export const MOVING: number = LINE + 4
export const MOVED: number = LINE + 5
/* The receivers'. */
export const HEAD: number = 2 * LINE
export const TAIL_SEEN: number = 2 * LINE + 1
export const R_SLOW: number = 2 * LINE + 2
/* What does not change, but for the end. */
export const CLOSED: number = 3 * LINE
export const CAP: number = 3 * LINE + 1
/** Its values are written by a codec of the user's. */
export const CODED: number = 3 * LINE + 2
/** How many slots the ring has, less one; 0 without a ring. */
export const MASK: number = 3 * LINE + 3
export const RING: number = 4 * LINE

/** How many slots the ring of a capacity has. */
export const slotsOf = (cap: number): number => (cap <= 1 ? cap : 2 ** Math.ceil(Math.log2(cap)))

/** Words of a channel with this capacity. */
export const wordsOf = (cap: number): number => RING + 2 * slotsOf(cap)

/* What an operation came to. */
export const DONE = 0
/** It has to wait. */
export const BLOCKED = 1
/** The channel is closed; to a receiver: and drained. */
export const ENDED = 2
/* Of the fast path: it did nothing. */
/** Somebody has the lock, or there is no fast path. */
export const BUSY = -1
/** Both locks are needed. To a sender: and SEND is taken. */
export const SLOW = -2
