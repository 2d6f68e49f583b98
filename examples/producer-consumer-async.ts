// Two producers and three consumers, all of them async functions: the same channels, with await.

import { chan } from '@gmp/chan'
import { go, sleep } from '@gmp/core'

const jobs = chan<number>(4)
const results = chan<number>()

async function produce(from: number, to: number) {
  for (let n = from; n <= to; n++) await jobs.send(n)
}

async function consume() {
  for await (const n of jobs) {
    await sleep(n % 3)
    await results.send(n * n)
  }
}

const producers = [go(produce, 1, 50), go(produce, 51, 100)]
const consumers = [go(consume), go(consume), go(consume)]

// Channels are closed by whoever knows that nobody sends any more.
go(async () => {
  await Promise.all(producers)
  jobs.close()
  await Promise.all(consumers)
  results.close()
})

let count = 0
let sum = 0
for await (const square of results) {
  count++
  sum += square
}
console.log(`${count} squares, sum ${sum}`)

// Output:
// 100 squares, sum 338350
