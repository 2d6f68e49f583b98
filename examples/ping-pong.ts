// Two players hit one ball: a value that is on an unbuffered channel or in somebody's hands, never in two places.

import { chan, type Chan } from '@gmp/chan'
import { go, gosched, type Routine } from '@gmp/core'

interface Ball {
  hits: number
}

function* player(name: string, table: Chan<Ball>): Routine {
  for (let ball = yield* table.recv(); ball !== undefined; ball = yield* table.recv()) {
    ball.hits++
    console.log(name, ball.hits)
    if (ball.hits === 6) {
      console.log('game over')
      table.close()
      return
    }
    yield* table.send(ball)
  }
}

const table = chan<Ball>()
const ping = go(player, 'ping', table)
await gosched() // Ping is at the table first.
const pong = go(player, 'pong', table)
await table.send({ hits: 0 })
await ping
await pong

// Output:
// ping 1
// pong 2
// ping 3
// pong 4
// ping 5
// pong 6
// game over
