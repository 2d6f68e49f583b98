/*
 * Waiting a moment before waiting: what an operation that would park does first.
 *
 * What      To park and to be woken costs both threads some 5 µs of system calls and 25 to 50 µs until the sleeper runs. The other
 *           thread, if it is at it, comes within a tenth of that. So whoever would wait looks on for up to that time first, as Go's
 *           runtime and its mutexes do:
 *             buffered      at the ring itself, before it enters a queue
 *             unbuffered    at its own inbox, when it stands in the queue: a rendezvous needs one of two to stand there
 *
 * When      Only while no goroutine of this thread could run instead. And only as long as it pays: after n times in vain in
 *           a row the next 2^n occasions are let pass, up to MOST. On a machine with one processor, or with others who want
 *           it, that is nearly always.
 */

import { pause, rt } from './core.ts'

/** Looks, each with a pause of the processor: about 15 µs. */
const LOOKS = 200
const MOST = 10

let inVain = 0
let pass = 0

/** Looks on until `come` says so; false when it did not, or is not worth while. */
export function lookOn(come: () => boolean): boolean {
  if (rt.first !== null || rt.runnext !== null) return false
  if (pass > 0) {
    pass--
    return false
  }
  for (let i = 0; i < LOOKS; i++) {
    if (come()) {
      inVain = 0
      return true
    }
    pause()
  }
  if (inVain < MOST) inVain++
  pass = 2 ** inVain
  return false
}
