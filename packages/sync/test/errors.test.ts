import { go } from '@gmp/core'
import { rt } from '@gmp/core/internal'
import { Cond, Mutex, Once, onceValue, Pool, Semaphore, WaitGroup } from '@gmp/sync'
import { expect, test } from 'vitest'

const panic = (code: string, message: string) => expect.objectContaining({ name: 'Panic', code, message })

/** A value of the wrong type, as JavaScript may pass it. */
const wrong = (value: unknown) => value as never

test.each([[-1], [1.5], [Number.NaN], ['1'], [undefined], [2 ** 53]])('a Semaphore of size %s is refused', (size) => {
  expect(() => new Semaphore(wrong(size))).toThrow(expect.objectContaining({ code: 'GMP_SYNC_BAD_NUMBER' }))
})

test.each([[0], [-1], [0.5], ['1'], [null], [Number.NaN]])(
  'a weight of %s is refused everywhere, and changes nothing',
  async (n) => {
    const sem = new Semaphore(3)
    await sem.acquire(2)
    const bad = expect.objectContaining({ code: 'GMP_SYNC_BAD_NUMBER' })
    await expect(sem.acquire(wrong(n))).rejects.toEqual(bad)
    await expect(
      go(function* () {
        yield* sem.acquire(wrong(n))
      }),
    ).rejects.toEqual(bad)
    expect(() => sem.tryAcquire(wrong(n))).toThrow(bad)
    expect(() => sem.release(wrong(n))).toThrow(bad)
    expect(() => sem.release(3)).toThrow(panic('GMP_SYNC_RELEASED_MORE', 'semaphore: released more than held'))
    expect(sem.used).toBe(2)
  },
)

test('a Semaphore of size 0 gives nothing to anybody', () => {
  expect(new Semaphore(0).tryAcquire()).toBe(undefined)
})

test.each([[1.5], ['1'], [undefined], [Number.NaN]])('WaitGroup.add(%s) is refused', (delta) => {
  const wg = new WaitGroup()
  expect(() => wg.add(wrong(delta))).toThrow(expect.objectContaining({ code: 'GMP_SYNC_BAD_NUMBER' }))
  expect(wg.counter).toBe(0)
})

test('what is no function is refused, and counts for nothing', () => {
  const bad = expect.objectContaining({ code: 'GMP_CORE_NOT_A_FUNCTION' })
  const wg = new WaitGroup()
  expect(() => wg.go(wrong(5))).toThrow(bad)
  expect(wg.counter).toBe(0)
  const once = new Once()
  expect(() => once.do(wrong(5))).toThrow(bad)
  expect(once.state).toBe(0)
  expect(() => onceValue(wrong(5))).toThrow(bad)
  expect(() => new Pool(wrong(5))).toThrow(bad)
})

test.each([[5], [null], [undefined], [{ lock() {} }]])('a Cond on %s is refused', (locker) => {
  expect(() => new Cond(wrong(locker))).toThrow(expect.objectContaining({ code: 'GMP_SYNC_NOT_A_LOCKER' }))
})

test('waiting for a Cond whose lock is not held panics, and nobody waits then', async () => {
  const cond = new Cond(new Mutex())
  const bad = panic('GMP_SYNC_UNLOCK_OF_UNLOCKED', 'sync: unlock of unlocked mutex')
  await expect(cond.wait()).rejects.toEqual(bad)
  await expect(
    go(function* () {
      yield* cond.wait()
    }),
  ).rejects.toEqual(bad)
  expect([cond.queue.first, rt.outside]).toEqual([null, 0])
})
