import { AsyncLocalStorage } from 'node:async_hooks'
import { go, gosched, sleep, wait, type Routine } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { runProgram } from 'testkit'
import { beforeEach, describe, expect, test } from 'vitest'

const store = new AsyncLocalStorage<string>()

beforeEach(async () => {
  do await new Promise<void>((resolve) => void setImmediate(resolve))
  while (rt.scheduled)
})

describe('a goroutine sees the store of the code that started it', () => {
  test('in a generator, over every kind of wait', async () => {
    const g = store.run('mine', () =>
      go(function* () {
        const seen = [store.getStore()]
        yield* gosched()
        seen.push(store.getStore())
        yield* sleep(1)
        seen.push(store.getStore())
        yield* wait(Promise.resolve())
        seen.push(store.getStore())
        yield* go(() => {})
        seen.push(store.getStore())
        return seen
      }),
    )
    expect(await g).toEqual(Array.from({ length: 5 }, () => 'mine'))
  })

  test('in an async function, over every kind of wait', async () => {
    const g = store.run('mine', () =>
      go(async () => {
        const seen = [store.getStore()]
        for (const begin of [() => gosched(), () => sleep(1), () => go(() => {})]) {
          await begin()
          seen.push(store.getStore())
        }
        return seen
      }),
    )
    expect(await g).toEqual(Array.from({ length: 4 }, () => 'mine'))
  })

  test('in a plain function', async () => {
    expect(await store.run('mine', () => go(() => store.getStore()))).toBe('mine')
  })

  test('in the goroutines it starts itself', async () => {
    const g = store.run('mine', () =>
      go(function* () {
        yield* gosched()
        return yield* go(function* () {
          yield* sleep(1)
          return store.getStore()
        })
      }),
    )
    expect(await g).toBe('mine')
  })

  test('in its finally blocks when it is killed from elsewhere', async () => {
    let seen: string | undefined
    const g = store.run('mine', () =>
      go(function* () {
        try {
          yield* sleep(1e6)
        } finally {
          seen = store.getStore()
        }
      }),
    )
    await new Promise<void>((resolve) => void setImmediate(resolve))
    store.run('killer', () => g.kill())
    await expect(g).rejects.toThrow('was killed')
    expect(seen).toBe('mine')
  })
})

describe('a goroutine does not see the store', () => {
  test('of others that run between its waits', async () => {
    const body = function* (name: string): Routine<(string | undefined)[]> {
      const seen = []
      for (let i = 0; i < 20; i++) {
        yield* i % 3 === 0 ? sleep(1) : gosched()
        seen.push(store.getStore())
      }
      return seen.filter((s) => s !== name)
    }
    const all = ['a', 'b', 'c'].map((name) => store.run(name, () => go(body, name)))
    expect(await Promise.all(all)).toEqual([[], [], []])
  })

  test('of whoever wakes it', async () => {
    let wake = (): void => {}
    const g = go(function* () {
      yield* wait(new Promise<void>((resolve) => (wake = resolve)))
      return store.getStore()
    })
    await new Promise<void>((resolve) => void setImmediate(resolve))
    store.run('waker', () => wake())
    expect(await g).toBe(undefined)
  })

  test('of the one that ran before it, when it was started without any', async () => {
    const seen: unknown[] = []
    const a = store.run('a', () => go(function* () { yield* gosched() })) // prettier-ignore
    const b = go(function* () { seen.push(store.getStore()); yield* gosched(); seen.push(store.getStore()) }) // prettier-ignore
    await Promise.all([a, b])
    expect(seen).toEqual([undefined, undefined])
  })
})

test('the code that starts and joins goroutines keeps its own store', async () => {
  await store.run('outer', async () => {
    const g = store.run('inner', () => go(function* () { yield* sleep(1) })) // prettier-ignore
    expect(store.getStore()).toBe('outer')
    await g
    expect(store.getStore()).toBe('outer')
  })
})

test('two storages do not mix', async () => {
  const other = new AsyncLocalStorage<number>()
  const g = store.run('a', () => other.run(1, () => go(function* () {
    yield* sleep(1)
    return [store.getStore(), other.getStore()]
  }))) // prettier-ignore
  expect(await g).toEqual(['a', 1])
})

describe('GMPDEBUG=asynccontext=0', () => {
  const program = new URL('./programs.ts', import.meta.url)

  test('turns the carrying of stores off, and nothing else', async () => {
    expect(await runProgram(program, 'context')).toEqual({ code: 0, stdout: '["mine","mine","result"]\n', stderr: '' })
    process.env['GMPDEBUG'] = 'asynccontext=0'
    const off = await runProgram(program, 'context')
    delete process.env['GMPDEBUG']
    expect(off).toEqual({ code: 0, stdout: '["none","none","result"]\n', stderr: '' })
  })
})
