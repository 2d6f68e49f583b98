/*
 * Waiting a moment before waiting: what an operation that would park does first.
 *
 * What      To park and to be woken costs both threads some 5 µs of system calls and 25 to 50 µs until the sleeper runs. The other
 *           thread, if it is at it, comes within a tenth of that. So whoever would wait looks on for as long as the sleep would
 *           cost first, as Go's runtime and its mutexes do:
 *             buffered      at the ring itself, before it enters a queue
 *             unbuffered    at its own inbox, when it stands in the queue: a rendezvous needs one of two to stand there
 *
 *           Less than a sleeper takes to run would be of no use: where two threads hand on to each other and one sleeps, the
 *           other would give up just before it comes, sleep too, and so they would go on. (Measured in alternating processes: a round
 *           trip over unbuffered channels took 139 µs with looks for 15 µs, and takes 15 µs.)
 *
 * When      Only while no goroutine of this thread could run instead. And only as long as it pays: after n times in vain in
 *           a row the next 2^n occasions are let pass, up to MOST. On a machine with one processor, or with others who want
 *           it, that is nearly always.
 *
 * How       With growing pauses between two looks: each look takes the line that the other thread writes for each value, and
 *           what comes in a pause comes together.
 */

import { pause, rt } from './core.ts'

/** Pauses before it gives up: about 50 µs, as long as a sleeper takes to run. */
const PAUSES = 2000
/** Pauses between two looks, at most. */
const BETWEEN = 8
/** The longest backing off: one occasion in 2^8 is tried, however long it has been in vain. */
const MOST = 8

/** How often in vain in a row, and how many occasions are to be let pass. */
let inVain = 0
let pass = 0

/** Looks on until `come` says so; false when it did not, or is not worth while. */
export function lookOn(come: () => boolean): boolean {
  if (rt.first !== null || rt.runnext !== null) return false
  if (pass > 0) {
    pass--
    return false
  }
  for (let pauses = 0, between = 1; pauses < PAUSES; pauses += between) {
    if (come()) {
      inVain = 0
      return true
    }
    for (let i = 0; i < between; i++) pause()
    if (between < BETWEEN) between *= 2
  }
  if (inVain < MOST) inVain++
  pass = 2 ** inVain
  return false
}
