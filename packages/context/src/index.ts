/*
 * Reserved for Go's `context`: cancellation, deadlines and values, bridged to AbortSignal.
 *
 * This package has no features yet: it exports nothing.
 */

export {}
