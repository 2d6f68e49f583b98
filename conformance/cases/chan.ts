import { after, afterFunc, chan, nilChan, range, recv, select, send, sharedChan } from '@gmp/chan'
import { Ticker, Timer, trySelect } from '@gmp/chan'
import { go, gosched, sleep } from '@gmp/core'
import { startPlain } from '../plain.ts'
import { equal, thrown, type Cases } from '../suite.ts'

export const cases: Cases = {
  async 'a rendezvous between the idioms'() {
    const there = chan<number>()
    const back = chan<number>()
    const server = go(function* () {
      for (;;) {
        const r = yield* there.recvOk()
        if (!r.ok) return 'closed'
        yield* back.send(r.value * r.value)
      }
    })
    const got: unknown[] = []
    for (let i = 0; i < 50; i++) {
      await there.send(i)
      got.push(await back.recv())
    }
    there.close()
    equal(
      got,
      Array.from({ length: 50 }, (_, i) => i * i),
    )
    equal(await server, 'closed')
  },

  async 'a buffer is drained after close'() {
    const ch = chan<number | undefined | null>(4)
    for (const v of [1, undefined, null, 0]) equal(ch.trySend(v), true)
    equal([ch.trySend(5), ch.len, ch.cap], [false, 4, 4])
    ch.close()
    const values = []
    for await (const v of ch) values.push(v)
    equal(values, [1, undefined, null, 0])
    equal(await ch.recvOk(), { ok: false, value: undefined })
  },

  async 'range() waits for its function'() {
    const ch = chan<number>(3)
    for (const n of [1, 2, 3]) ch.trySend(n)
    ch.close()
    let sum = 0
    await range(ch, async (n) => {
      await sleep(0.5)
      sum += n
    })
    equal(sum, 6)
  },

  async 'select is fair, and may have a priority'() {
    const [a, b] = [chan<number>(1), chan<number>(1)]
    const count = { a: 0, b: 0 }
    for (let i = 0; i < 400; i++) {
      a.trySend(i)
      b.trySend(i)
      count[(await select({ a: recv(a), b: recv(b) })).case]++
    }
    if (count.a < 80 || count.b < 80) throw new Error(`a ${count.a}, b ${count.b}`)
    a.trySend(1)
    b.trySend(1)
    equal((await select({ b: recv(b), a: recv(a) }, { priority: true })).case, 'b')
  },

  async 'select sends, receives, waits and gives up'() {
    const [out, never] = [chan<string>(), nilChan<number>()]
    const receiver = go(function* () {
      return yield* out.recv()
    })
    equal((await select({ out: send(out, 'hello'), never: recv(never), off: recv(null) })).case, 'out')
    equal(await receiver, 'hello')
    equal(trySelect({ never: recv(never) }), { case: 'default' })
    equal((await select({ never: recv(never), late: recv(after(3)) })).case, 'late')
    equal((await select([recv(never), recv(after(1))])).case, 1)
  },

  async 'who loses a select leaves nothing behind'() {
    const [a, b] = [chan<number>(), chan<number>()]
    for (let i = 0; i < 20; i++) {
      const choice = select({ a: recv(a), b: recv(b) })
      await b.send(i)
      equal(await choice, { case: 'b', ok: true, value: i })
    }
    equal(a.trySend(1), false)
  },

  async 'an aborted receive takes no value'() {
    const ch = chan<string>()
    const controller = new AbortController()
    const receive = ch.recv(controller)
    controller.abort('late')
    equal(await thrown(receive), 'late')
    equal(ch.trySend('lost?'), false)
  },

  async 'timers and tickers'() {
    const timer = new Timer(1e6)
    equal(timer.stop(), true)
    timer.reset(2)
    equal((await timer.c.recv()) instanceof Date, true)
    const ticker = new Ticker(2)
    for (let i = 0; i < 3; i++) await ticker.c.recv()
    ticker.stop()
    const ran = chan<number>()
    afterFunc(1, () => ran.close())
    equal(await ran.recv(), undefined)
  },

  async "Go's panics"() {
    const ch = chan<number>()
    const sender = ch.send(1)
    await gosched()
    ch.close()
    equal(((await thrown(sender)) as Error).message, 'send on closed channel')
    let text = ''
    try {
      ch.close()
    } catch (error) {
      text = (error as Error).message
    }
    equal(text, 'close of closed channel')
  },

  async 'a prime sieve'() {
    const filter = function* (
      from: ReturnType<typeof chan<number>>,
      to: ReturnType<typeof chan<number>>,
      prime: number,
    ) {
      for (;;) {
        const n = (yield* from.recv()) as number
        if (n % prime !== 0) yield* to.send(n)
      }
    }
    const primes = await go(function* () {
      const started = []
      let ch = chan<number>()
      const first = ch
      started.push(
        go(function* () {
          for (let n = 2; ; n++) yield* first.send(n)
        }),
      )
      const found: number[] = []
      while (found.length < 50) {
        const prime = (yield* ch.recv()) as number
        found.push(prime)
        const next = chan<number>()
        started.push(go(filter, ch, next, prime))
        ch = next
      }
      for (const g of started) g.kill()
      return found
    })
    equal([primes.at(-1), primes.length], [229, 50])
  },

  async 'a shared channel is a channel'() {
    using ch = sharedChan<unknown>(2)
    const local = chan<number>()
    const got = go(function* () {
      const values: unknown[] = []
      for (;;) {
        const r = yield* select({ shared: recv(ch), local: recv(local) })
        if (!r.ok) return values
        values.push(r.value)
      }
    })
    for (const value of [1, { an: 'object' }, [2n]]) await ch.send(value)
    await local.send(3)
    ch.close()
    equal((await got).length, 4)
    using late = sharedChan<number>()
    const controller = new AbortController()
    const waiting = late.recv(controller)
    controller.abort('no')
    equal([await thrown(waiting), late.trySend(1)], ['no', false])
    equal(sharedChan.open(structuredClone(late)) === late, true)
  },

  async 'shared channels to a plain worker and back'() {
    using there = sharedChan<unknown>(4)
    using back = sharedChan<unknown>()
    const worker = startPlain()
    worker.postMessage({ program: 'echo', things: { there: there.handle, back: back.handle } })
    const values = [1, 0.5, 'text', undefined, { deep: [new Date(7), new Map([['a', 2n]])] }]
    void go(function* () {
      for (const value of values) yield* there.send(value)
      there.close()
    })
    const got: unknown[] = []
    for await (const value of back) got.push(value)
    equal(got.slice(0, 4), values.slice(0, 4))
    const { deep } = got[4] as { deep: [Date, Map<string, bigint>] }
    equal([deep[0].getTime(), deep[1].get('a')], [7, 2n])
    await worker.terminate()
  },
}
