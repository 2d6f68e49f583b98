/*
 * Programs that tests run in a process of their own, by name: how a program ends can be seen only from outside.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { go, goexit, run, sleep, wait } from '@gmp/core'

const never = () => new Promise<never>(() => {})

const programs: Record<string, () => unknown> = {
  async context() {
    const store = new AsyncLocalStorage<string>()
    // The queue, and the timer, are asked for outside the store: what the host carries by itself does not help.
    go(() => {})
    void sleep(1)
    const g = store.run('mine', () =>
      go(function* () {
        const first = store.getStore() ?? 'none'
        yield* sleep(2)
        return [first, store.getStore() ?? 'none', 'result']
      }),
    )
    console.log(JSON.stringify(await g))
  },

  'top-level await': () => wait(never()),
  'top-level await of a goroutine': () => go(function* stuck() { yield* wait(never()) }), // prettier-ignore
  'top-level await of a foreign promise': () => never(),
  'main, a generator': () => void run(function* app() { yield* wait(never()) }), // prettier-ignore
  'main, async': () => void run(async () => { await wait(never()) }), // prettier-ignore
  'main waits for a goroutine that is stuck': () =>
    void run(function* app() {
      yield* go(function* worker() { yield* sleep(Number.POSITIVE_INFINITY) }) // prettier-ignore
    }),
  'goexit of main': () => void run(function* () { goexit() }), // prettier-ignore
  'goexit of main, with others stuck': () => {
    void run(function* () {
      go(function* left() { yield* wait(never()) }) // prettier-ignore
      goexit()
    })
  },

  'main is over': () => {
    void run(function* () {
      go(function* left() { yield* wait(never()) }) // prettier-ignore
      console.log('over')
    })
  },
  'a goroutine is stuck and the module is over': () => {
    go(function* left() { yield* wait(never()) }) // prettier-ignore
    console.log('over')
  },
  'an async function is stuck and the module is over': () => {
    void (async () => { await wait(never()) })() // prettier-ignore
    console.log('over')
  },
  'a timer waits': async () => {
    await sleep(5)
    console.log('over')
  },
  'exit code of its own': () => {
    process.exitCode = 7
    go(function* left() { yield* wait(never()) }) // prettier-ignore
  },
  'a failure nobody joins': () => {
    go(function* worker() { throw new TypeError('boom') }) // prettier-ignore
  },
  'a failure and a listener': () => {
    process.on('uncaughtException', (error) => console.log(`heard: ${error.message}`))
    go(function* worker() { throw new TypeError('boom') }) // prettier-ignore
  },
}

await programs[process.argv[2] ?? '']?.()
