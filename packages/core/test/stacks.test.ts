import { go, gosched, run, sleep, stacks, wait } from '@gmp/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

const rest = () => new Promise<void>((resolve) => void setImmediate(resolve))
const handles: { kill(): boolean }[] = []
beforeEach(rest)
afterEach(async () => {
  for (const handle of handles.splice(0)) handle.kill()
  await rest()
})

/** Starts a goroutine that is killed after the test. */
function start<A extends unknown[], R>(fn: (...args: A) => Generator<never, R, void>, ...args: A) {
  const g = go(fn as never, ...args)
  handles.push(g)
  return g
}

/** The entries of a dump, by goroutine id. */
function entries(dump = stacks()): Map<number, string> {
  return new Map(dump.split('\n\n').map((entry) => [Number(/^goroutine (\d+) /.exec(entry)?.[1]), entry.trimEnd()]))
}

function* sleeper() {
  yield* sleep(1e6)
}

test('a dump is in the grammar of Go’s tracebacks', async () => {
  const g = start(sleeper as never)
  await rest()
  expect(entries().get(g.id)).toMatch(
    new RegExp(
      `^goroutine ${g.id} \\[sleep\\]:\nsleeper\\(\\.\\.\\.\\)\ncreated by start in goroutine 1\n\t.*stacks\\.test\\.ts:\\d+:\\d+$`,
    ),
  )
})

test('each goroutine is shown with Go’s word for what it waits for', async () => {
  const target = start(sleeper as never)
  const joins = start(function* joins() { yield* target } as never) // prettier-ignore
  const waits = start(function* waits() { yield* wait(new Promise(() => {})) } as never) // prettier-ignore
  let settle = (): void => {}
  const promise = new Promise<void>((resolve) => (settle = resolve))
  const isAsync = go(async () => promise)
  await rest()
  const fresh = start(sleeper as never)
  const dump = entries()
  const reason = (g: { id: number }) => /\[(.*)\]/.exec(dump.get(g.id) ?? '')?.[1]
  expect([target, joins, waits, isAsync, fresh].map(reason)).toEqual(['sleep', 'join', 'await', 'await', 'runnable'])
  settle()
  await isAsync
})

test('the one that runs comes first, the others by id', async () => {
  for (let i = 0; i < 3; i++) start(sleeper as never)
  await rest()
  const g = go(function* teller() {
    return stacks()
  })
  const ids = [...(await g).matchAll(/^goroutine (\d+) \[/gm)].map(([, id]) => Number(id))
  expect(ids[0]).toBe(g.id)
  expect(ids.slice(1)).toEqual(ids.slice(1).toSorted((a, b) => a - b))
  expect(ids).toContain(1)
})

test('a goroutine started by another names it as its parent', async () => {
  const g = go(function* parent() {
    const child = go(sleeper)
    handles.push(child)
    yield* gosched()
    return [child.id, entries().get(child.id)] as const
  })
  const [, entry] = await g
  expect(entry).toMatch(`created by parent in goroutine ${g.id}\n`)
})

test('a name that was set is shown in place of the function’s', async () => {
  const g = start(sleeper as never)
  g.name = 'worker 7'
  const anonymous = start((() => function* () { yield* sleep(1e6) })() as never) // prettier-ignore
  await rest()
  expect(entries().get(g.id)).toMatch('\nworker 7(...)\n')
  expect(entries().get(anonymous.id)).toMatch('\nfunc(...)\n')
})

test('goroutine 1 is the program’s own code: running outside goroutines, waiting otherwise', async () => {
  expect(entries().get(1)).toBe('goroutine 1 [running]:\nmain(...)')
  expect(entries(await go(() => stacks())).get(1)).toBe('goroutine 1 [waiting]:\nmain(...)')
})

test('goroutine 1 is what run() started, without a creator', async () => {
  const main = run(function* app() {
    yield* gosched()
    return stacks()
  })
  const dump = await main
  expect(main.id).toBe(1)
  expect(entries(dump).get(1)).toBe('goroutine 1 [running]:\napp(...)')
})

test('goroutines that ended are not shown', async () => {
  const g = go(() => {})
  await g
  expect(entries().has(g.id)).toBe(false)
})
