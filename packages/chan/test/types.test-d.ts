/*
 * What TypeScript infers for users. Compiled by `pnpm typecheck`, never run.
 */

import { after, afterFunc, chan, nilChan, range, recv, select, send, tick, Ticker, Timer, trySelect } from '@gmp/chan'
import type { Chan, Received, RecvCase, RecvChan, SendCase, SendChan } from '@gmp/chan'
import { go, type Goroutine, type Op, type Routine } from '@gmp/core'
import { expectTypeOf } from 'vitest'

const numbers = chan<number>()
const words = chan<string>(3)

// Operations.
expectTypeOf(numbers).toEqualTypeOf<Chan<number>>()
expectTypeOf(nilChan<number>()).toEqualTypeOf<Chan<number>>()
expectTypeOf(numbers.send(1)).toEqualTypeOf<Op<void>>()
expectTypeOf(numbers.trySend(1)).toEqualTypeOf<boolean>()
expectTypeOf(numbers.recv()).toEqualTypeOf<Op<number | undefined>>()
expectTypeOf(numbers.recvOk()).toEqualTypeOf<Op<Received<number>>>()
expectTypeOf(numbers.tryRecv()).toEqualTypeOf<Received<number> | undefined>()
expectTypeOf(range(words, (word) => void expectTypeOf(word).toEqualTypeOf<string>())).toEqualTypeOf<Op<void>>()
void range(words, function* (word): Routine { yield* words.send(word) }) // prettier-ignore
void range(words, async (word) => word.length)
// @ts-expect-error -- the wrong type of value.
void numbers.send('a')
// @ts-expect-error -- a value is missing.
void numbers.send()
// @ts-expect-error -- the capacity is a number.
chan<number>('3')

// The value of recvOk() is narrowed by ok.
function* receives(): Routine<number> {
  const r = yield* numbers.recvOk()
  if (r.ok) expectTypeOf(r.value).toEqualTypeOf<number>()
  else expectTypeOf(r.value).toEqualTypeOf<undefined>()
  return r.value ?? 0
}
expectTypeOf(go(receives)).toEqualTypeOf<Goroutine<number>>()

// for await gives values, never undefined.
async function iterates(): Promise<void> {
  for await (const word of words) expectTypeOf(word).toEqualTypeOf<string>()
}
void iterates

// Directions: a channel restricts to one, and a direction varies as what it carries.
const source: RecvChan<number> = numbers
const sink: SendChan<number> = numbers
// @ts-expect-error -- a receiving side cannot send.
source.send(1)
// @ts-expect-error -- a receiving side cannot close.
source.close()
// @ts-expect-error -- a sending side cannot receive.
sink.recv()
expectTypeOf<RecvChan<1>>().toExtend<RecvChan<number>>()
expectTypeOf<SendChan<number>>().toExtend<SendChan<1>>()
// @ts-expect-error -- receivers are covariant.
expectTypeOf<RecvChan<number>>().toExtend<RecvChan<1>>()
// @ts-expect-error -- senders are contravariant.
expectTypeOf<SendChan<1>>().toExtend<SendChan<number>>()
// @ts-expect-error -- a sender is no receiver.
expectTypeOf<SendChan<number>>().toExtend<RecvChan<number>>()

// Cases.
expectTypeOf(recv(numbers)).toEqualTypeOf<RecvCase<number>>()
expectTypeOf(recv(source)).toEqualTypeOf<RecvCase<number>>()
expectTypeOf(recv<number>(null)).toEqualTypeOf<RecvCase<number>>()
expectTypeOf(send(sink, 1)).toEqualTypeOf<SendCase>()
expectTypeOf(send(null, 1)).toEqualTypeOf<SendCase>()
// @ts-expect-error -- the wrong type of value.
send(numbers, 'a')
// @ts-expect-error -- a sending side cannot be received from.
recv(sink)
// @ts-expect-error -- a receiving side cannot be sent to.
send(source, 1)

// select() with keys: `case` narrows, and then `ok` does.
async function keyed(): Promise<number | string | undefined> {
  const r = await select({ num: recv(numbers), str: recv(words), out: send(numbers, 1) })
  expectTypeOf(r.case).toEqualTypeOf<'num' | 'str' | 'out'>()
  switch (r.case) {
    case 'num':
      expectTypeOf(r.value).toEqualTypeOf<number | undefined>()
      if (r.ok) expectTypeOf(r.value).toEqualTypeOf<number>()
      return r.value
    case 'str':
      expectTypeOf(r.ok ? r.value : '').toEqualTypeOf<string>()
      return r.value
    default:
      // @ts-expect-error -- a send has no value.
      return r.value
  }
}

// select() with a fixed array: `case` is the index, as a number literal.
function* indexed(): Routine {
  const r = yield* select([recv(numbers), recv(words), send(words, 'x')])
  expectTypeOf(r.case).toEqualTypeOf<0 | 1 | 2>()
  if (r.case === 0 && r.ok) expectTypeOf(r.value).toEqualTypeOf<number>()
  if (r.case === 1 && r.ok) expectTypeOf(r.value).toEqualTypeOf<string>()
  // @ts-expect-error -- a send has no value.
  if (r.case === 2) void r.value
  // @ts-expect-error -- there is no fourth case.
  if (r.case === 3) return
}

// select() with an array of unknown length: `case` is a number.
async function dynamic(cases: RecvCase<number>[], mixed: (RecvCase<number> | SendCase)[]): Promise<void> {
  const r = await select(cases)
  expectTypeOf(r.case).toEqualTypeOf<number>()
  expectTypeOf(r.value).toEqualTypeOf<number | undefined>()
  expectTypeOf((await select(mixed)).case).toEqualTypeOf<number>()
}

// trySelect() adds the default.
const tried = trySelect({ num: recv(numbers) })
expectTypeOf(tried.case).toEqualTypeOf<'num' | 'default'>()
if (tried.case === 'num' && tried.ok) expectTypeOf(tried.value).toEqualTypeOf<number>()
// @ts-expect-error -- nothing was received.
if (tried.case === 'default') void tried.value
// @ts-expect-error -- trySelect() does not wait, so nothing can end the wait.
trySelect({ num: recv(numbers) }, { signal: new AbortController().signal })
void select({ num: recv(numbers) }, { signal: new AbortController().signal, priority: true })

// What is no case is refused.
// @ts-expect-error -- a channel is no case.
void select({ num: numbers })
// @ts-expect-error -- an operation is no case.
void select([numbers.recv()])
void [keyed, indexed, dynamic]

// Timers.
expectTypeOf(after(1)).toEqualTypeOf<RecvChan<Date>>()
expectTypeOf(tick(1)).toEqualTypeOf<RecvChan<Date>>()
expectTypeOf(new Timer(1).c).toEqualTypeOf<RecvChan<Date>>()
expectTypeOf(new Timer(1).stop()).toEqualTypeOf<boolean>()
expectTypeOf(new Timer(1).reset(2)).toEqualTypeOf<boolean>()
expectTypeOf(new Ticker(1).c).toEqualTypeOf<RecvChan<Date>>()
expectTypeOf(new Ticker(1).reset(2)).toEqualTypeOf<void>()
expectTypeOf(afterFunc(1, function* () {})).toEqualTypeOf<Timer>()
// @ts-expect-error -- nobody sends on a timer's channel but the timer.
new Timer(1).c.send(new Date())
