/*
 * What context uses of the kernel. The other files import from here and not from the kernel, because a bundle that leaves the
 * other packages out repeats every import statement of every file.
 */

export { attach, badDuration, fatal, go, Panic, rt, shown, timers, type TimerEntry } from '@gmp/core/internal'
