import { gosched, sleep, type Routine } from '@gmp/core'
import { RWMutex } from '@gmp/sync'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from './both-idioms.ts'

/** What a goroutine does that may be aborted where it waits. */
function* attempt({ $ }: Env, lock: () => ReturnType<RWMutex['lock']>, log: string[], name: string): Routine {
  try {
    using _ = yield* $(lock())
    log.push(name)
    yield* $(sleep(10))
  } catch (error) {
    log.push(`${name} ${String(error)}`)
  }
}

inBothIdioms('the readers a writer kept out go in when it leaves, though another writer waits', function* (env) {
  const { $, go: start, watch } = env
  const rw = watch(new RWMutex())
  const controller = new AbortController()
  const log: string[] = []
  using _ = yield* $(rw.rlock())
  start(() => attempt(env, () => rw.lock(controller), log, 'w1'))
  yield* $(sleep(1))
  start(() => attempt(env, () => rw.rlock(), log, 'r1'))
  yield* $(sleep(1))
  start(() => attempt(env, () => rw.lock(), log, 'w2'))
  start(() => attempt(env, () => rw.rlock(), log, 'r2'))
  yield* $(sleep(1))
  controller.abort('enough')
  yield* $(sleep(1))
  expect(log.toSorted()).toEqual(['r1', 'r2', 'w1 enough'])
  expect(rw.readers).toBe(3)
})

inBothIdioms('a writer that leaves from behind another lets nobody in', function* (env) {
  const { $, go: start, watch } = env
  const rw = watch(new RWMutex())
  const controller = new AbortController()
  const log: string[] = []
  using _ = yield* $(rw.rlock())
  start(() => attempt(env, () => rw.lock(), log, 'w1'))
  yield* $(sleep(1))
  start(() => attempt(env, () => rw.lock(controller), log, 'w2'))
  start(() => attempt(env, () => rw.rlock(), log, 'r1'))
  yield* $(sleep(1))
  controller.abort('enough')
  yield* $(sleep(1))
  expect([log, rw.readers]).toEqual([['w2 enough'], 1])
})

inBothIdioms('readers go in in the order they came', function* (env) {
  const { $, go: start, watch } = env
  const rw = watch(new RWMutex())
  const log: string[] = []
  yield* $(rw.lock())
  for (const name of ['a', 'b', 'c', 'd']) {
    start(() => attempt(env, () => rw.rlock(), log, name))
    yield* $(gosched())
  }
  rw.unlock()
  yield* $(sleep(1))
  expect(log).toEqual(['a', 'b', 'c', 'd'])
})

inBothIdioms('an unlock by a listener of the signal lets in the readers behind those it aborts', function* (env) {
  const { $, go: start, watch } = env
  const rw = watch(new RWMutex())
  const controller = new AbortController()
  const log: string[] = []
  yield* $(rw.lock())
  // Before any of ours: the waiters of this signal are in the queue still.
  controller.signal.addEventListener('abort', () => rw.unlock())
  start(() => attempt(env, () => rw.rlock(controller), log, 'a'))
  yield* $(gosched())
  start(() => attempt(env, () => rw.rlock(), log, 'b'))
  yield* $(sleep(1))
  controller.abort('enough')
  yield* $(sleep(1))
  expect([log.toSorted(), rw.readers]).toEqual([['a enough', 'b'], 1])
})
