// The prime sieve of Go's tour: a chain of goroutines, each of which lets no multiple of its prime through.

import { chan, type RecvChan, type SendChan } from '@gmp/chan'
import { go, type Routine } from '@gmp/core'

function* generate(out: SendChan<number>): Routine {
  for (let n = 2; ; n++) yield* out.send(n)
}

function* filter(numbers: RecvChan<number>, out: SendChan<number>, prime: number): Routine {
  for (;;) {
    const r = yield* numbers.recvOk()
    if (r.ok && r.value % prime !== 0) yield* out.send(r.value)
  }
}

await go(function* main() {
  let numbers = chan<number>()
  go(generate, numbers)
  for (let i = 0; i < 10; i++) {
    const r = yield* numbers.recvOk()
    if (!r.ok) return
    console.log(r.value)
    const rest = chan<number>()
    go(filter, numbers, rest, r.value)
    numbers = rest
  }
})
// The other goroutines are parked for ever; the program ends, because its main code has.

// Output:
// 2
// 3
// 5
// 7
// 11
// 13
// 17
// 19
// 23
// 29
