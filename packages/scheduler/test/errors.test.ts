import { go, gomaxprocs, schedTrace, start, stop, StoppedError, task, tasks, transfer } from '@gmp/scheduler'
import { afterEach, describe, expect, test } from 'vitest'
import { finish } from './finish.ts'
import * as t from './tasks.ts'

afterEach(finish)

const at = (name: string): string => new URL(name, import.meta.url).href

describe('a task that cannot be run says why', () => {
  test('its module does not exist', async () => {
    const gone = task(at('./no-such-module.ts'), 'f', () => 1)
    await expect(go(gone)).rejects.toMatchObject({
      code: 'GMP_SCHED_NO_MODULE',
      message: expect.stringContaining('the module of task f cannot be imported') as string,
    })
  })

  test('its module throws when it is imported', async () => {
    const broken = tasks<{ f(): number }>(at('./broken-module.ts'))
    await expect(go(broken.f)).rejects.toMatchObject({
      code: 'GMP_SCHED_NO_MODULE',
      message: expect.stringContaining('broken on purpose') as string,
      cause: { message: 'broken on purpose' },
    })
    // And again: nothing is left half imported.
    await expect(go(broken.f)).rejects.toThrow('broken on purpose')
  })

  test('its module has no such name', async () => {
    const other = tasks<{ missing(): number; notAFunction(): number }>(at('./plain-module.ts'))
    await expect(go(other.missing)).rejects.toMatchObject({
      code: 'GMP_SCHED_NO_TASK',
      message: expect.stringMatching(/no task missing in .*it has .*double/) as string,
    })
    await expect(go(other.notAFunction)).rejects.toThrow('there is no task notAFunction')
  })

  test('its module starts tasks while it is imported', async () => {
    const eager = tasks<{ f(): number }>(at('./eager-module.ts'))
    await expect(go(eager.f)).rejects.toThrow('keep tasks in modules of their own')
  })
})

describe('bad arguments', () => {
  const refused: [string, () => unknown, string][] = [
    ['a relative URL', () => task('./m.js', 'f', () => 1), 'expected the URL of a module, as import.meta.url'],
    ['no URL', () => tasks(undefined as never), 'expected the URL of a module'],
    ['no name', () => task(import.meta.url, '', () => 1), 'expected the name of a task'],
    ['no function', () => task(import.meta.url, 'f', 1 as never), 'expected task f to be a function, got 1 (number)'],
    ['no options', () => t.add.with(1 as never), 'expected the options of a task to be an object'],
    ['a negative timeout', () => t.add.with({ timeout: -1 }), 'expected `timeout` to be a number of milliseconds'],
    ['NaN as timeout', () => t.add.with({ timeout: NaN }), 'expected `timeout`'],
    ['a signal that is none', () => t.add.with({ signal: {} as never }), 'expected `signal` to be an AbortSignal'],
    ['procs 0', () => start({ procs: 0 }), 'expected `procs` to be a whole number from 1 to 4096, got 0 (number)'],
    ['procs 1.5', () => start({ procs: 1.5 }), 'expected `procs`'],
    ['too many threads', () => start({ maxThreads: 10_001 }), 'expected `maxThreads`'],
    ['a tiny arena', () => start({ arenaBytes: 5 }), 'expected `arenaBytes`'],
    ['options that are none', () => start(1 as never), 'expected the options of start()'],
    ['gomaxprocs of a fraction', () => gomaxprocs(1.5), 'expected gomaxprocs() of a whole number'],
    ['schedTrace of text', () => schedTrace('1' as never), 'expected schedTrace() of a number'],
    ['go of nothing', () => go(undefined as never), 'go of nil func value'],
    ['transfer of a number', () => transfer(1 as never), 'expected transfer()'],
  ]
  test.each(refused)('%s', (_, call, message) => {
    expect(call).toThrow(message)
  })
})

test('a second start() is refused while the scheduler runs, and fine behind stop()', async () => {
  start({ procs: 1 })
  expect(() => start()).toThrow(expect.objectContaining({ code: 'GMP_SCHED_STARTED' }))
  expect(await go(t.add, 1, 1)).toBe(2)
  await stop()
  await using _ = start({ procs: 1 })
  expect(await go(t.add, 2, 2)).toBe(4)
})

test('start() and stop() are not for tasks', async () => {
  start({ procs: 1 })
  await expect(go(t.startsInTask)).rejects.toMatchObject({ code: 'GMP_SCHED_NOT_ROOT' })
  await expect(go(t.stopsInTask)).rejects.toMatchObject({ code: 'GMP_SCHED_NOT_ROOT' })
})

test('stop() with work pending: whatever is not over fails, and says so', async () => {
  start({ procs: 1 })
  await go(t.add, 1, 1)
  const pending = [go(t.spin), go(t.sleeps, 60_000), ...Array.from({ length: 500 }, () => go(t.add, 1, 1))]
  const ends = Promise.allSettled(pending)
  await stop()
  const reasons = (await ends).flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  expect(reasons.length).toBeGreaterThanOrEqual(2)
  for (const reason of reasons) expect(reason).toBeInstanceOf(StoppedError)
})

test('stop() without a start, and twice', async () => {
  await stop()
  start({ procs: 1 })
  await Promise.all([stop(), stop()])
})
