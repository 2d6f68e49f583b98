// Generator goroutines, async functions, promises and the program's own code share one channel, and join each other.

import { readFile } from 'node:fs/promises'
import { chan } from '@gmp/chan'
import { go, wait } from '@gmp/core'

const words = chan<string>()

const fromGenerator = go(function* () {
  yield* words.send('generator')
  // A promise inside a generator goroutine: wait() for it.
  const source = yield* wait(readFile(new URL(import.meta.url), 'utf8'))
  yield* words.send(source.slice(3, 20))
  return 1
})

const fromAsync = go(async () => {
  await words.send('async function')
  // Joining a generator goroutine from async code: await it.
  return 1 + (await fromGenerator)
})

const joiner = go(function* () {
  // Joining an async function from a generator: yield* it.
  const sent = 1 + (yield* fromAsync)
  yield* words.send('joined both')
  words.close()
  return sent
})

const heard: string[] = []
for await (const word of words) heard.push(word)
console.log(heard.toSorted().join('\n'))
console.log('sent by', await joiner)

// Output:
// Generator gorouti
// async function
// generator
// joined both
// sent by 3
