/*
 * What callers get wrong: one clear error, at the call or from the operation, that says what was expected where and what came.
 */

import { background } from '@gmp/context'
import * as patterns from '@gmp/patterns'
import { expect, test } from 'vitest'

/** As a program without types sees it. */
type Untyped = any
const p = patterns as Untyped
const bg = background()
const f = (n: number): number => n
const limiter = (): Untyped => new p.Limiter(1, 1)
const flights = (): Untyped => new p.SingleFlight()
const hub = (): Untyped => new p.PubSub()
const pool = (): Untyped => new p.WorkerPool(bg, { workers: 1 })

const CONTEXT = 'GMP_PATTERNS_NOT_A_CONTEXT'
const PARENT = 'GMP_CONTEXT_BAD_PARENT'
const FUNCTION = 'GMP_CORE_NOT_A_FUNCTION'
const SOURCE = 'GMP_PATTERNS_NOT_A_SOURCE'
const NUMBER = 'GMP_PATTERNS_BAD_NUMBER'
const LIMITER = 'GMP_PATTERNS_NOT_A_LIMITER'

const mistakes: readonly (readonly [what: string, call: () => unknown, code: string, text: string])[] = [
  // The context is left out, or nothing.
  ['generate([1])', () => p.generate([1]), SOURCE, 'got undefined'],
  ['map([1], f)', () => p.map([1], f), FUNCTION, 'map() to be given a function, got undefined'],
  ['map(null, [1], f)', () => p.map(null, [1], f), PARENT, 'cannot create context from nil parent'],
  ['merge([1], [2])', () => p.merge([1], [2]), PARENT, 'got Array'],
  ['collect([1])', () => p.collect([1]), PARENT, 'got Array'],
  ['pipeline([1])', () => p.pipeline([1]), SOURCE, 'got undefined'],
  ['pipeline(null, [1])', () => p.pipeline(null, [1]).collect(), PARENT, 'nil parent'],
  ['wait()', () => limiter().wait(), CONTEXT, 'got undefined'],
  ['waitN(1)', () => limiter().waitN(1), CONTEXT, 'got 1 (number)'],
  ['do(key, f)', () => flights().do('key', f), CONTEXT, 'got key (string)'],
  ['doChan(key, f)', () => flights().doChan('key', f), CONTEXT, 'got key (string)'],
  ['retry(f)', () => p.retry(f), CONTEXT, 'got f (function)'],
  ['withContext()', () => p.Group.withContext(), PARENT, 'nil parent'],
  ['new Scope()', () => new p.Scope(), PARENT, 'nil parent'],
  ['Scope.run(f)', () => p.Scope.run(f), PARENT, 'got f (function)'],
  ['new WorkerPool({ workers })', () => new p.WorkerPool({ workers: 1 }), NUMBER, '`workers`'],
  ['subscribe(topic)', () => hub().subscribe('t'), PARENT, 'got t (string)'],
  ['publish(topic, message)', () => hub().publish('t', 1), CONTEXT, 'got t (string)'],
  // No function.
  ['filter', () => p.filter(bg, [1]), FUNCTION, 'filter()'],
  ['flatMap', () => p.flatMap(bg, [1], 7), FUNCTION, 'flatMap() to be given a function, got 7 (number)'],
  ['fanOutFanIn', () => p.fanOutFanIn(bg, [1], 1), FUNCTION, 'fanOutFanIn()'],
  ['rateLimit', () => p.rateLimit(bg, [1], limiter()), FUNCTION, 'rateLimit()'],
  ['forEach', () => p.pipeline(bg, [1]).forEach(), FUNCTION, 'forEach()'],
  ['reduce', () => p.pipeline(bg, [1]).reduce(7), FUNCTION, 'reduce()'],
  ['pipe', () => p.pipeline(bg, [1]).pipe(7), FUNCTION, 'pipe()'],
  ['go', () => new p.Group().go(7), FUNCTION, 'Group.go()'],
  ['do', () => flights().do(bg, 'key'), FUNCTION, 'SingleFlight.do()'],
  ['run', () => pool().run(7), FUNCTION, 'WorkerPool'],
  ['trySubmit', () => pool().trySubmit(), FUNCTION, 'WorkerPool'],
  ['Scope.run', () => p.Scope.run(bg), FUNCTION, 'Scope.go()'],
  ['retry', () => p.retry(bg), FUNCTION, 'retry()'],
  ['Sometimes', () => new p.Sometimes().do(), FUNCTION, 'Sometimes.do()'],
  // Nothing that values come from, or go to.
  ['merge of 7', () => p.merge(bg, [], 7), SOURCE, 'got 7 (number)'],
  ['fanOut of 7', () => p.fanOut(bg, 7, 1), SOURCE, 'got 7 (number)'],
  ['tee of null', () => p.tee(bg, null), SOURCE, 'got null'],
  ['orDone of {}', () => p.orDone(bg, {}), SOURCE, 'got Object'],
  ['bridge of 7', () => p.collect(bg, p.bridge(bg, [7])), SOURCE, 'got 7 (number)'],
  ['flatMap to 7', () => p.pipeline(bg, [7]).flatMap(f).collect(), SOURCE, 'got 7 (number)'],
  [
    'pipe to 7',
    () =>
      p
        .pipeline(bg, [1])
        .pipe(() => 7)
        .collect(),
    SOURCE,
    'got 7 (number)',
  ],
  ['a function that gives 7', () => p.collect(bg, () => 7), SOURCE, 'got 7 (number)'],
  ['pipeTo null', () => p.pipeline(bg, [1]).pipeTo(null), 'GMP_PATTERNS_NOT_A_SINK', 'got null'],
  // No limiter.
  ['rateLimit by null', () => p.rateLimit(bg, [1], null, f), LIMITER, 'got null'],
  ['rateLimit, the other way round', () => p.rateLimit(bg, [1], f, limiter()), FUNCTION, 'got Limiter'],
  ['.rateLimit(7)', () => p.pipeline(bg, [1]).rateLimit(7), LIMITER, 'got 7 (number)'],
  // Numbers.
  ['workers 0', () => p.map(bg, [1], f, { workers: 0 }), NUMBER, '`workers` to be a whole number from 1 on'],
  ['fanOutFanIn by 0.5', () => p.fanOutFanIn(bg, [1], 0.5, f), NUMBER, '`workers`'],
  ['take NaN', () => p.take(bg, [1], Number.NaN), NUMBER, 'take()'],
  ['batch of 0', () => p.batch(bg, [1], 0), NUMBER, 'the size of a batch'],
  ['batch after -1', () => p.batch(bg, [1], 1, -1), 'GMP_CORE_BAD_DURATION', 'the longest wait'],
  ['fanOut to 0', () => p.fanOut(bg, [1], 0), NUMBER, 'the number of channels'],
  ['broadcast to 1.5', () => p.broadcast(bg, [1], 1.5), NUMBER, 'the number of channels'],
  ['a buffer of -1', () => p.map(bg, [1], f, { buffer: -1 }), 'GMP_CHAN_BAD_CAPACITY', 'got -1 (number)'],
  ['toChan(-1)', () => p.pipeline(bg, [1]).toChan(-1), 'GMP_CHAN_BAD_CAPACITY', 'got -1 (number)'],
  ['new Limiter()', () => new p.Limiter(), NUMBER, 'events per second'],
  ['new Limiter(every(x))', () => new p.Limiter(p.every('x'), 1), NUMBER, 'events per second'],
  ['new Limiter(10)', () => new p.Limiter(10), NUMBER, 'a burst'],
  ['allowN()', () => limiter().allowN(), NUMBER, 'an instant'],
  ['reserveN(0, -1)', () => limiter().reserveN(0, -1), NUMBER, 'reserveN()'],
  ['setLimit(x)', () => limiter().setLimit('x'), NUMBER, 'got x (string)'],
  ['setBurst(-1)', () => limiter().setBurst(-1), NUMBER, 'a burst'],
  ['setLimit(0.5)', () => new p.Group().setLimit(0.5), NUMBER, 'a limit to be a whole number'],
  ['attempts 0', () => p.retry(bg, f, { attempts: 0 }), NUMBER, '`attempts`'],
  ['queue -1', () => new p.WorkerPool(bg, { workers: 1, queue: -1 }), NUMBER, '`queue`'],
  ['new WorkerPool(bg)', () => new p.WorkerPool(bg), NUMBER, '`workers`'],
  ['timeout x', () => new p.WorkerPool(bg, { workers: 1, timeout: 'x' }), 'GMP_CORE_BAD_DURATION', '`timeout`'],
  ['a policy', () => hub().subscribe(bg, 't', { policy: 'x' }), 'GMP_PATTERNS_BAD_POLICY', "'dropOldest'"],
  ['Sometimes x', () => new p.Sometimes({ first: 'x' }), NUMBER, 'got x (string)'],
]

test.each(mistakes)('%s', async (_, call, code, text) => {
  let error: unknown
  try {
    const result: unknown = await call()
    expect(result).toBe('an error')
  } catch (e) {
    error = e
  }
  expect(error).toMatchObject({ name: 'Panic', code })
  expect((error as Error).message).toContain(text)
})
