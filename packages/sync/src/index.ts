/*
 * Reserved for Go's `sync`: Mutex, RWMutex, WaitGroup, Once, Cond, Pool, Map, Semaphore and atomics.
 *
 * This package has no features yet: it exports nothing.
 */

export {}
