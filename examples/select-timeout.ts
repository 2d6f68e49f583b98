// Three ways to give up on a channel: a timeout case, an abort signal, and not waiting at all.

import { after, afterFunc, chan, recv, select, trySelect } from '@gmp/chan'
import { go, Hour, Millisecond } from '@gmp/core'

const silent = chan<string>()
const answered = chan<string>(1)
await answered.send('hello')

await go(function* () {
  for (const messages of [answered, silent]) {
    const r = yield* select({ message: recv(messages), timeout: recv(after(5 * Millisecond)) })
    switch (r.case) {
      case 'message':
        console.log('message:', r.value)
        break
      case 'timeout':
        console.log('timeout')
        break
    }
  }
})

const stop = new AbortController()
afterFunc(5 * Millisecond, () => stop.abort('no answer'))
try {
  await silent.recv({ signal: stop.signal })
} catch (reason) {
  console.log('aborted:', reason)
}

console.log('at once:', trySelect({ message: recv(silent) }).case)

// A timer that nobody waits on keeps no program alive.
after(Hour)

// Output:
// message: hello
// timeout
// aborted: no answer
// at once: default
