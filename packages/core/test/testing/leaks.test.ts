import { go, gosched, numGoroutine, sleep, stacks, wait, type Goroutine } from '@gmp/core'
import { checkGoroutines } from '@gmp/core/internal'
import { bubble, leaks, verifyNoLeaks, type Leak } from '@gmp/core/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chan, type Chan } from '../siblings.ts'

/** Starts goroutines that wait on a channel each, which nobody else has. */
function strand(count: number, name = 'stranded'): void {
  const body = { *[name]() { yield* chan<number>().recv() } }[name] // prettier-ignore
  for (let i = 0; i < count; i++) go(body as () => Generator<never, void, void>)
}

/** What leaks, looked for until there are `count`: goroutines have their turn when their slice has time. */
async function leaked(count: number): Promise<Leak[]> {
  const found: Leak[] = []
  for (let round = 0; round < 100 && found.length < count; round++) {
    await gosched()
    found.push(...(await leaks()))
  }
  return found
}

describe('leaks()', () => {
  beforeEach(async () => {
    await leaks()
  })

  test('tells id, name, reason, and the place that started it; and the rest stays in order', async () => {
    const held = chan<never>()
    const kept = [1, 2, 3].map((n) => {
      strand(2, `lost${n}`)
      return go(function* keeps() { yield* held.recv() }) // prettier-ignore
    })
    const before = numGoroutine()
    const found = await leaked(6)
    expect(found.map(({ name }) => name)).toEqual(['lost1', 'lost1', 'lost2', 'lost2', 'lost3', 'lost3'])
    expect(new Set(found.map(({ id }) => id)).size).toBe(6)
    for (const { id, name, reason, stack } of found) {
      expect(reason).toBe('chan receive')
      expect(stack).toMatch(
        new RegExp(
          `^goroutine ${id} \\[chan receive \\(leaked\\)\\]:\n${name}\\(\\.\\.\\.\\)\ncreated by .*leaks\\.test\\.ts`,
          's',
        ),
      )
    }
    expect(numGoroutine()).toBe(before - 6)
    checkGoroutines()
    expect(stacks().match(/^keeps/gm)?.length).toBe(3)
    held.close()
    for (const g of kept) await g
    checkGoroutines()
  })

  test('each is found once', async () => {
    strand(3)
    expect((await leaked(3)).length).toBe(3)
    expect(await leaks()).toEqual([])
  })

  test('what somebody can reach is not found: by a variable, a timer, a promise, another goroutine', async () => {
    const inVariable = chan<number>()
    const byTimer = (): void => {
      const ch = chan<number>(1)
      setTimeout(() => ch.trySend(1), 50)
      go(function* () { yield* ch.recv() }) // prettier-ignore
    }
    const byAnother = (): void => {
      const ch = chan<number>()
      go(function* () { yield* ch.recv() }) // prettier-ignore
      go(function* () { yield* sleep(30); yield* ch.send(1) }) // prettier-ignore
    }
    const byPromise = (): void => {
      const promise = new Promise((resolve) => { setTimeout(resolve, 20) }) // prettier-ignore
      go(function* () { yield* wait(promise) }) // prettier-ignore
      go(async () => { await promise }) // prettier-ignore
    }
    go(function* () { yield* inVariable.recv() }) // prettier-ignore
    byTimer()
    byAnother()
    byPromise()
    await gosched()
    for (let round = 0; round < 3; round++) expect(await leaks()).toEqual([])
    checkGoroutines()
    await inVariable.send(1)
    await verifyNoLeaks()
  })

  test('a chain that ends in one that leaked has leaked: what waits for it too', async () => {
    const chain = (): void => {
      let ch: Chan<number> = chan<number>()
      for (let i = 0; i < 5; i++) {
        const [from, to] = [ch, chan<number>()]
        go(function* () { yield* to.send((yield* from.recv()) ?? 0) }) // prettier-ignore
        ch = to
      }
      const g = go(function* () { yield* ch.recv() }) // prettier-ignore
      go(function* joins() { yield* g }) // prettier-ignore
    }
    chain()
    const found = await leaked(7)
    expect(found.length).toBe(7)
    expect(found.at(-1)?.reason).toBe('join')
  })

  test('one whose handle is kept can be killed, so it is not lost', async () => {
    const handles: Goroutine<void>[] = []
    const start = (): void => { handles.push(go(function* () { yield* chan<number>().recv() })) } // prettier-ignore
    start()
    await gosched()
    expect(await leaks()).toEqual([])
    handles[0]?.kill()
    await handles.pop()?.catch(() => {})
    await verifyNoLeaks()
  })

  test('goroutines that start and end while it looks are where they belong', async () => {
    for (let round = 0; round < 10; round++) {
      strand(3)
      const short = [1, 2, 3].map((n) => go(function* () { for (let i = 0; i < n; i++) yield* gosched() })) // prettier-ignore
      const [found, again] = await Promise.all([leaks(), leaks()])
      for (const g of short) await g
      const all = found.length + again.length
      expect(all + (await leaked(3 - all)).length).toBe(3)
      checkGoroutines()
    }
  })

  test('those of a bubble are the bubble’s', async () => {
    await bubble(async () => {
      strand(1)
      await sleep(1)
      expect(await leaks()).toEqual([])
    }).catch((error: Error) => expect(error.message).toMatch(/^deadlock: main bubble goroutine has exited/))
    await leaks()
  })
})

describe('verifyNoLeaks()', () => {
  afterEach(() => verifyNoLeaks())

  const message = (...options: Parameters<typeof verifyNoLeaks>): Promise<string> =>
    verifyNoLeaks(...options).then(
      () => 'none',
      (error: Error) => error.message,
    )

  test('says nothing when all are over, or end a little later', async () => {
    const ch = chan<number>()
    go(function* () {
      yield* ch.recv()
      for (let i = 0; i < 50; i++) yield* gosched()
    })
    go(async () => { await sleep(5) }) // prettier-ignore
    await ch.send(1)
    await verifyNoLeaks()
  })

  test('tells who lives, what each waits for and where it was started, once', async () => {
    const ch = chan<number>()
    const started = [
      go(function* reads() { yield* ch.recv() }), // prettier-ignore
      go(async function follows() { await ch.recv() }), // prettier-ignore
    ]
    const text = await message()
    expect(text).toMatch(
      /^found unexpected goroutines:\n\ngoroutine \d+ \[chan receive\]:\nreads\(\.\.\.\)\ncreated by .*leaks\.test\.ts:\d+:\d+\n\ngoroutine \d+ \[await\]:\nfollows\(\.\.\.\)\ncreated by/s,
    )
    expect(text).not.toContain('vitest')
    expect(await message()).toBe('none')
    ch.close()
    for (const g of started) await g
  })

  test('ignores by name and by pattern', async () => {
    const ch = chan<number>()
    const named = [go(function* watches() { yield* ch.recv() }), go(function* polls1() { yield* ch.recv() })] // prettier-ignore
    expect(await message({ ignore: ['watches', /^polls\d$/] })).toBe('none')
    const more = [go(function* watches() { yield* ch.recv() }), go(function* polls1() { yield* ch.recv() })] // prettier-ignore
    const text = await message({ ignore: ['watch', /^polls$/] })
    expect(text.match(/^goroutine/gm)?.length).toBe(2)
    ch.close()
    for (const g of [...named, ...more]) await g
  })

  test('in a goroutine it does not count the one that asks; in a bubble it is refused', async () => {
    await go(function* () { yield* verifyNoLeaks() }) // prettier-ignore
    const inside = bubble(function* () { yield* verifyNoLeaks() }) // prettier-ignore
    await expect(inside).rejects.toThrow('gmp/testing: verifyNoLeaks() in a bubble')
  })

  test('bad input is refused', async () => {
    await expect(verifyNoLeaks({ ignore: 'name' as never })).rejects.toThrow(
      'expected ignore to be an array of names and patterns, got name (string)',
    )
  })

  test('takes what afterEach() of a runner passes for no options', async () => {
    expect(verifyNoLeaks.length).toBe(0)
    await verifyNoLeaks({ task: {}, signal: {} } as never)
  })
})
