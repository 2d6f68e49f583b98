import { chan } from '@gmp/chan'
import { go } from '@gmp/core'
import { LateTimer, stopwatch } from '../harness/measure.ts'
import type { Program } from '../harness/program.ts'
import { pong } from './pingpong.ts'

/** eventloop: ping-pong by the clock, beside a chain of 1 ms timers. The sum counts wrong replies. */
export const eventloop: Program = async (forMs) => {
  const there = chan<number>()
  const back = chan<number>()
  const timer = new LateTimer(forMs)
  const stop = stopwatch()
  go(pong, there, back)
  let ops = 0
  const ping = go(function* () {
    let wrong = 0
    while (!timer.over(ops)) {
      yield* there.send(ops)
      if ((yield* back.recv()) !== ++ops) wrong++
    }
    there.close()
    return wrong
  })
  const sum = await ping
  return { sum, ...stop(), ops, figures: await timer.figures() }
}
