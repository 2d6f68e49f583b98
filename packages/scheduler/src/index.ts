/*
 * Reserved for the GMP scheduler: goroutines on OS threads, with work stealing and hand-off.
 *
 * This package has no features yet: it exports nothing.
 */

export {}
