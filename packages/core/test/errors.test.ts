import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { go, goexit, gosched, KilledError, Panic, run, sleep, UncaughtPanic, wait, type Op } from '@gmp/core'
import { runProgram } from 'testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** What a call throws, or its operation fails with, outside a goroutine and inside one. */
async function outside(call: () => unknown): Promise<unknown> {
  const op = call() as Promise<unknown> // Never thrown at the call: an operation outside rejects.
  return op.then(
    () => 'no error',
    (error: unknown) => error,
  )
}

async function inside(call: () => unknown): Promise<unknown> {
  return go(function* () {
    try {
      yield* call() as Op<unknown>
      return 'no error'
    } catch (error) {
      return error
    }
  })
}

/** A Panic with this code whose message has these parts, in this order. */
const panic = (code: string, ...parts: string[]) => {
  const pattern = parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('.*')
  return expect.objectContaining({ name: 'Panic', code, message: expect.stringMatching(pattern) })
}

describe('go', () => {
  // Safety: what TypeScript would refuse is what is tested.
  const start = (fn: unknown) => () => go(fn as () => void)

  test.each<[unknown, ...string[]]>([
    [undefined, 'go of nil func value', 'got undefined'],
    [null, 'go of nil func value', 'got null'],
    [3, 'function', 'got 3 (number)'],
    ['main', 'function', 'got main (string)'],
    [{}, 'function', 'got Object (object)'],
    [Promise.resolve(), 'function', 'got Promise (object)'],
  ])('refuses %s at the call', (fn, ...says) => {
    expect(start(fn)).toThrow(panic('GMP_CORE_NOT_A_FUNCTION', ...says))
  })

  test('refuses a generator, which is what calling the function gives', () => {
    const generator = (function* () {})()
    expect(start(generator)).toThrow(panic('GMP_CORE_NOT_A_FUNCTION', 'not its call', 'got Generator'))
  })

  test('starts nothing when it refuses', async () => {
    const before = await go(function* () {})
    expect(start(7)).toThrow()
    expect(before).toBe(undefined)
    expect((go(() => {}) as { id: number }).id + 1).toBe((go(() => {}) as { id: number }).id)
  })
})

describe('an operation in a generator that no runtime drives', () => {
  function* helper(): Generator<unknown, void, void> {
    yield* sleep(1) as unknown as Iterable<unknown>
  }
  const NOT_DRIVEN = panic('GMP_CORE_NOT_DRIVEN', 'go()', 'await')
  const drivers: [string, () => unknown][] = [
    ['next()', () => helper().next()],
    ['for…of', () => { for (const _ of helper()); }], // prettier-ignore
    ['spread', () => [...helper()]],
    ['Array.from', () => Array.from(helper())],
    ['destructuring', () => { const [_] = helper(); return _ }], // prettier-ignore
  ]

  test.each(drivers)('says so outside goroutines: %s', (_, drive) => {
    expect(drive).toThrow(NOT_DRIVEN)
  })

  test.each(drivers.filter(([name]) => name === 'for…of' || name === 'spread' || name === 'Array.from'))(
    'says so inside a goroutine: %s',
    async (_, drive) => {
      await expect(
        go(function* () {
          drive()
        }),
      ).rejects.toThrow(NOT_DRIVEN)
    },
  )

  test('says so for a goroutine that is joined', () => {
    const g = go(() => 1)
    expect(() => [...(g as unknown as Iterable<unknown>)]).toThrow(NOT_DRIVEN)
  })

  test('says so for an operation made in a goroutine and iterated by a helper driven by hand', async () => {
    await expect(
      go(function* () {
        const op = sleep(1)
        const hand = (function* () {
          yield* op as unknown as Iterable<unknown>
        })()
        hand.next()
        hand.next()
      }),
    ).rejects.toThrow(NOT_DRIVEN)
  })

  test('leaves nothing that the next goroutine would wait for', async () => {
    await go(function* () {
      sleep(1)[Symbol.iterator]().next()
    })
    const next = go(function* () { yield sleep(1) } as unknown as () => void) // prettier-ignore
    await expect(next).rejects.toThrow(panic('GMP_CORE_BAD_YIELD', 'yield*'))
  })

  test('leaves the promise of an operation usable', async () => {
    const op = wait(7)
    expect(() => [...(op as unknown as Iterable<unknown>)]).toThrow(NOT_DRIVEN)
    expect(await op).toBe(7)
  })
})

describe('a goroutine that yields', () => {
  // Safety: the type of a Routine forbids all of these.
  const yields = (make: () => unknown) => go(function* () { yield make() } as unknown as () => void) // prettier-ignore

  test.each<[string, () => unknown, ...string[]]>([
    ['an operation', () => sleep(1), 'yield*', 'got'],
    ['a complete operation', () => wait(1), 'yield*', 'got'],
    ['a goroutine', () => go(() => 1), 'yield*', 'got'],
    ['a promise', () => Promise.resolve(), 'yield*', 'got Promise (object)'],
    ['a number', () => 5, 'got', '5 (number)'],
    ['nothing', () => undefined, 'got', 'undefined'],
  ])('%s is told so', async (_, make, ...says) => {
    await expect(yields(make)).rejects.toThrow(panic('GMP_CORE_BAD_YIELD', ...says))
  })

  test('may catch that and go on', async () => {
    const g = go(function* () {
      let caught: unknown
      try {
        yield 5 as never
      } catch (error) {
        caught = error
      }
      yield* sleep(0)
      return (caught as Panic).code
    })
    expect(await g).toBe('GMP_CORE_BAD_YIELD')
  })
})

describe('arguments', () => {
  const bad = (ms: unknown) => () => sleep(ms as number)

  test.each([
    [Number.NaN, 'NaN (number)'],
    ['5', '5 (string)'],
    [undefined, 'undefined'],
    [5n, '5 (bigint)'],
  ])('sleep refuses a duration of %s in either idiom', async (ms, shown) => {
    const expected = panic('GMP_CORE_BAD_DURATION', 'sleep', 'milliseconds', `got ${shown}`)
    expect(await outside(bad(ms))).toEqual(expected)
    expect(await inside(bad(ms))).toEqual(expected)
  })

  test.each([
    [null, 'null'],
    [{}, 'Object (object)'],
    ['stop', 'stop (string)'],
    [new AbortController(), 'AbortController (object)'],
    [{ aborted: false }, 'Object (object)'],
  ])('a signal that is %s is refused in either idiom', async (signal, shown) => {
    const options = { signal: signal as unknown as AbortSignal }
    const expected = panic('GMP_CORE_BAD_SIGNAL', 'AbortSignal', `got ${shown}`)
    for (const call of [() => sleep(1, options), () => sleep(0, options), () => wait(1, options)]) {
      expect(await outside(call)).toEqual(expected)
      expect(await inside(call)).toEqual(expected)
    }
  })

  test('a rejected promise given to wait() with a bad signal is not an unhandled rejection', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    await outside(() => wait(Promise.reject(new Error('ignored')), { signal: null as never }))
    await new Promise((resolve) => void setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

test('goexit outside a goroutine is an exception that says what was called', () => {
  expect(() => goexit()).toThrow('goexit was called')
})

test('run() while an earlier main goroutine lives is refused, and allowed once it is over', async () => {
  const main = run(function* () {
    yield* gosched()
    return 1
  })
  expect(() => run(() => 2)).toThrow(panic('GMP_CORE_MAIN_RUNNING', 'run()'))
  expect(await main).toBe(1)
  expect(await run(() => 2)).toBe(2)
})

describe('error classes', () => {
  test('a Panic of another copy is a Panic, and other errors are not', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('gmp.core.panic')]: true })
    expect(foreign).toBeInstanceOf(Panic)
    expect(new Error('x')).not.toBeInstanceOf(Panic)
    expect(null).not.toBeInstanceOf(Panic)
  })

  test('names and codes survive minification: they are written out', () => {
    expect(new Panic('GMP_X', 'x').name).toBe('Panic')
    expect([new KilledError('x').name, new KilledError('x').code]).toEqual(['KilledError', 'GMP_CORE_KILLED'])
    expect(UncaughtPanic.prototype.name).toBe('UncaughtPanic')
  })

  test('a Panic has the stack of where it was made', () => {
    const error = new Panic('GMP_X', 'x')
    expect(error.stack).toMatch(/errors\.test\.ts/)
  })
})

describe('two copies of core', () => {
  const { version: own } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  let dir: string
  beforeAll(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'gmp-copies-')))
    writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
    for (const copy of ['one', 'two', 'other']) {
      for (const part of ['src', 'package.json']) {
        cpSync(new URL(`../${part}`, import.meta.url), join(dir, copy, part), { recursive: true })
      }
    }
    // What the build bundles, the sources import.
    symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(dir, 'node_modules'), 'dir')
    writeFileSync(join(dir, 'other', 'src', 'version.ts'), "export const VERSION = '9.9.9'\n")
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  async function program(text: string): Promise<unknown> {
    const file = join(dir, 'main.ts')
    writeFileSync(file, text)
    const { code, stdout, stderr } = await runProgram(pathToFileURL(file))
    expect({ code, stderr: stderr.replaceAll(/^.*Warning.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }
  const url = (copy: string): string => pathToFileURL(join(dir, copy, 'src', 'runtime.ts')).href

  test.each([
    ['of two versions', 'other', '9.9.9'],
    ['of one version in two places', 'two', own],
  ])('%s: the second one used fails and names both versions and both places', async (_, second, version) => {
    const error = await program(`
      import * as one from './one/src/index.ts'
      import * as two from './${second}/src/index.ts'
      const first = await one.go(function* () { yield* one.sleep(1); return 'works' })
      const used = ['go', 'sleep', 'wait', 'gosched'].map((name) => {
        try { return void (two as never)[name](() => {}) } catch (e) { return e.code }
      })
      try { two.go(() => {}) } catch (e) {
        console.log(JSON.stringify({ first, used, code: e.code, message: e.message, panic: e instanceof one.Panic }))
      }`)
    expect(error).toMatchObject({
      first: 'works',
      used: Array.from({ length: 4 }, () => 'GMP_CORE_TWO_COPIES'),
      code: 'GMP_CORE_TWO_COPIES',
      panic: true,
    })
    const { message } = error as { message: string }
    expect(message).toMatch(/two copies of @gmp\/core/)
    expect(message).toContain(`${own} from ${url('one')}`)
    expect(message).toContain(`${version} from ${url(second)}`)
  })

  test('that are only imported do no harm', async () => {
    const loaded = await program(`
      import * as two from './two/src/index.ts'
      import * as one from './one/src/index.ts'
      console.log(JSON.stringify({ result: await one.go(() => 1), two: typeof two.go, key: Symbol.for('gmp.core.1') in globalThis }))`)
    expect(loaded).toEqual({ result: 1, two: 'function', key: true })
  })

  test('importing registers nothing', async () => {
    expect(
      await program(`
      import './one/src/index.ts'
      import './one/src/internal.ts'
      console.log(JSON.stringify(Symbol.for('gmp.core.1') in globalThis))`),
    ).toBe(false)
  })

  test('an entry imported again under another url shares the modules behind it', async () => {
    expect(
      await program(`
      import { go } from './one/src/index.ts'
      import * as again from './one/src/index.ts?v=2'
      console.log(JSON.stringify([go === again.go, await again.go(() => 1)]))`),
    ).toEqual([true, 1])
  })

  test('a runtime evaluated again under another url is another copy, which names both', async () => {
    const error = await program(`
      import { go } from './one/src/index.ts'
      import { register } from './one/src/runtime.ts?v=2'
      await go(() => 1)
      try { register() } catch (e) { console.log(JSON.stringify({ code: e.code, message: e.message })) }`)
    expect(error).toMatchObject({ code: 'GMP_CORE_TWO_COPIES', message: expect.stringContaining('runtime.ts?v=2') })
  })
})

test('the same files evaluated again share the runtime that is there', async () => {
  const order: string[] = []
  vi.resetModules()
  const again = await import('@gmp/core')
  expect(again.go).not.toBe(go)
  const first = go(function* () {
    order.push('first')
    yield* gosched()
    order.push('first again')
    return 1
  })
  const second = again.go(function* () {
    order.push('second')
    return (yield* first) + 1
  })
  expect(await second).toBe(2)
  expect(second.id).toBe(first.id + 1)
  expect(order).toEqual(['second', 'first', 'first again'])
})
