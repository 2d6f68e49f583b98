import { background, withCancelCause } from '@gmp/context'
import { numGoroutine, sleep } from '@gmp/core'
import {
  batch,
  broadcast,
  collect,
  fanOut,
  generate,
  Group,
  Limiter,
  map,
  merge,
  pipeline,
  PubSub,
  retry,
  Scope,
  SingleFlight,
  take,
  WorkerPool,
} from '@gmp/patterns'
import { equal, thrown, type Cases } from '../suite.ts'

const numbers = function* (n: number) {
  for (let i = 1; i <= n; i++) yield i
}

const ascending = (a: number, b: number): number => a - b

export const cases: Cases = {
  async 'a pipeline, in order, with workers'() {
    const squares = await pipeline(background(), () => numbers(20))
      .filter((n) => n % 2 === 0)
      .map(
        async (n) => {
          await sleep(n % 3)
          return n * n
        },
        { workers: 4 },
      )
      .collect()
    equal(squares, [4, 16, 36, 64, 100, 144, 196, 256, 324, 400])
  },

  async 'operators over channels'() {
    const ctx = background()
    const doubled = map(
      ctx,
      generate(ctx, () => numbers(6)),
      (n) => 2 * n,
    )
    equal(await collect(ctx, batch(ctx, doubled, 4)), [
      [2, 4, 6, 8],
      [10, 12],
    ])
    const merged = await collect(ctx, merge(ctx, [1, 2], [3]))
    equal(merged.toSorted(ascending), [1, 2, 3])
    const [a, b] = broadcast(ctx, [1, 2], 2)
    equal(await Promise.all([collect(ctx, a ?? []), collect(ctx, b ?? [])]), [
      [1, 2],
      [1, 2],
    ])
    const parts = await Promise.all(fanOut(ctx, [1, 2, 3, 4], 2).map((part) => collect(ctx, part)))
    equal(parts.flat().toSorted(ascending), [1, 2, 3, 4])
  },

  async 'a web stream as a source'() {
    const stream = new ReadableStream<number>({
      start(controller) {
        for (const n of [1, 2, 3]) controller.enqueue(n)
        controller.close()
      },
    })
    equal(await pipeline(background(), stream).collect(), [1, 2, 3])
  },

  async 'nothing is left running after a cancel'() {
    const before = numGoroutine()
    const [ctx, cancel] = withCancelCause(background())
    const endless = pipeline(ctx, async function* () {
      for (let n = 0; ; n++) yield n
    })
      .map(
        async (n) => {
          await sleep(0.2)
          return n
        },
        { workers: 3 },
      )
      .collect()
    await sleep(3)
    cancel('stop')
    equal(await thrown(endless), 'stop')
    equal(numGoroutine(), before)
    equal(
      await collect(
        background(),
        take(background(), () => numbers(1e9), 3),
      ),
      [1, 2, 3],
    )
  },

  async 'a Group ends with its first error'() {
    const [group, ctx] = Group.withContext(background())
    void group.go(async () => {
      await sleep(1)
      throw new RangeError('first')
    })
    void group.go(function* () {
      yield* ctx.done()?.recv() ?? []
    })
    equal(((await thrown(group.wait())) as Error).message, 'first')
  },

  async 'one call for many who ask'() {
    const flight = new SingleFlight<string, number>()
    let calls = 0
    const load = async () => {
      await sleep(1)
      return ++calls
    }
    const answers = await Promise.all([1, 2, 3].map(() => flight.do(background(), 'key', load)))
    equal([answers.map(({ value }) => value), calls], [[1, 1, 1], 1])
  },

  async 'limits, retries, pools and scopes'() {
    const limiter = new Limiter(1000, 1)
    const start = performance.now()
    for (let i = 0; i < 4; i++) await limiter.wait(background())
    if (performance.now() - start < 2.5) throw new Error('too fast')
    let tries = 0
    const answer = await retry(
      background(),
      async () => {
        if (++tries < 3) throw new Error('not yet')
        return tries
      },
      { attempts: 5, delay: 0.5 },
    )
    equal(answer, 3)
    const pool = new WorkerPool(background(), { workers: 2 })
    equal(await Promise.all([1, 2, 3].map((n) => pool.run(async () => n * n))), [1, 4, 9])
    pool.close()
    equal(
      await Scope.run(background(), async (scope) => {
        const child = scope.go(async () => 'child')
        return await child
      }),
      'child',
    )
  },

  async 'messages by topic'() {
    const bus = new PubSub<{ news: string }>()
    const feed = bus.subscribe(background(), 'news')
    void bus.publish(background(), 'news', 'hello')
    equal(await feed.recv(), 'hello')
    feed[Symbol.dispose]()
    bus.close()
  },
}
