import { go, gosched, numGoroutine, sleep, type Routine } from '@gmp/core'
import { routineOp } from '@gmp/core/internal'
import { expect, test } from 'vitest'

const steps = (log: string[]) =>
  function* (): Routine<number> {
    try {
      log.push('begins')
      yield* sleep(1)
      return 7
    } finally {
      log.push('ends')
    }
  }

test('outside goroutines it begins at once, as a goroutine', async () => {
  const log: string[] = []
  const op = routineOp(steps(log))
  await gosched()
  expect([log, numGoroutine()]).toEqual([['begins'], 2])
  expect(await op).toBe(7)
  expect([log, numGoroutine()]).toEqual([['begins', 'ends'], 1])
})

test('in a goroutine yield* runs it there, and a kill ends it', async () => {
  const log: string[] = []
  const g = go(function* () {
    const op = routineOp(steps(log))
    log.push('made')
    return yield* op
  })
  await gosched()
  expect([log, numGoroutine()]).toEqual([['made', 'begins'], 2])
  g.kill('enough')
  await expect(g).rejects.toBe('enough')
  expect([log, numGoroutine()]).toEqual([['made', 'begins', 'ends'], 1])
})

test('awaited in code that a goroutine calls, it is a goroutine, joined as often as one likes', async () => {
  const log: string[] = []
  const op = await go(function* () {
    return { op: routineOp(steps(log)) }
  })
  expect(await Promise.all([op.op, op.op.then((n) => n + 1), op.op.finally(() => {})])).toEqual([7, 8, 7])
  expect(log).toEqual(['begins', 'ends'])
})

test('the steps are done once', async () => {
  const g = go(function* () {
    const op = routineOp(steps([]))
    yield* op
    yield* op
  })
  await expect(g).rejects.toMatchObject({ code: 'GMP_CORE_OP_SPENT' })
})
