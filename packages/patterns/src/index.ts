/*
 * Reserved for Go's concurrency patterns: pipelines, fan-out, errgroup, singleflight, rate limits.
 *
 * This package has no features yet: it exports nothing.
 */

export {}
