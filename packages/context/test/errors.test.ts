import {
  afterFunc,
  background,
  Canceled,
  contextKey,
  DeadlineExceeded,
  fromSignal,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
  type Context,
} from '@gmp/context'
import { Panic } from '@gmp/core'
import { expect, test } from 'vitest'

function panic(f: () => unknown): [string, string] {
  try {
    f()
  } catch (error) {
    if (error instanceof Panic) return [error.code, error.message]
    throw error
  }
  throw new Error('no panic')
}

test('bad input is a Panic with a code, at the call', () => {
  const bad = (value: unknown) => value as never
  const rows: [() => unknown, code: string, text: string | RegExp][] = [
    [() => withCancel(bad(null)), 'GMP_CONTEXT_BAD_PARENT', 'cannot create context from nil parent'],
    [() => withCancel(bad(undefined)), 'GMP_CONTEXT_BAD_PARENT', 'cannot create context from nil parent'],
    [
      () => withCancel(bad({})),
      'GMP_CONTEXT_BAD_PARENT',
      'gmp/context: expected the parent to be a Context, got Object (object)',
    ],
    [
      () => withCancel(bad('ctx')),
      'GMP_CONTEXT_BAD_PARENT',
      'gmp/context: expected the parent to be a Context, got ctx (string)',
    ],
    [
      () => withCancel(bad(new AbortController().signal)),
      'GMP_CONTEXT_BAD_PARENT',
      'gmp/context: expected the parent to be a Context, got AbortSignal (object)',
    ],
    [() => withValue(background(), null, 1), 'GMP_CONTEXT_BAD_KEY', 'nil key'],
    [() => withValue(background(), undefined, 1), 'GMP_CONTEXT_BAD_KEY', 'nil key'],
    [() => withValue(background(), Number.NaN, 1), 'GMP_CONTEXT_BAD_KEY', 'key is not comparable'],
    [
      () => withTimeout(background(), Number.NaN),
      'GMP_CORE_BAD_DURATION',
      /expected withTimeout .* milliseconds, got NaN \(number\)/,
    ],
    [
      () => withTimeout(background(), bad('5')),
      'GMP_CORE_BAD_DURATION',
      /expected withTimeout .* milliseconds, got 5 \(string\)/,
    ],
    [
      () => withDeadline(background(), new Date(Number.NaN)),
      'GMP_CONTEXT_BAD_DEADLINE',
      'gmp/context: expected the deadline to be a valid Date, got Date (object)',
    ],
    [
      () => withDeadline(background(), bad(5)),
      'GMP_CONTEXT_BAD_DEADLINE',
      'gmp/context: expected the deadline to be a valid Date, got 5 (number)',
    ],
    [
      () => withDeadline(background(), bad(null)),
      'GMP_CONTEXT_BAD_DEADLINE',
      'gmp/context: expected the deadline to be a valid Date, got null',
    ],
    [
      () => afterFunc(background(), bad(undefined)),
      'GMP_CORE_NOT_A_FUNCTION',
      'gmp/context: expected afterFunc to be given a function, got undefined',
    ],
    [
      () => fromSignal(bad(null)),
      'GMP_CORE_BAD_SIGNAL',
      'gmp/context: expected `signal` to be an AbortSignal, got null',
    ],
    [
      () => fromSignal(bad({})),
      'GMP_CORE_BAD_SIGNAL',
      'gmp/context: expected `signal` to be an AbortSignal, got Object (object)',
    ],
  ]
  for (const [f, code, text] of rows)
    expect(panic(f)).toEqual([code, typeof text === 'string' ? text : expect.stringMatching(text)])
})

test('Canceled and DeadlineExceeded: texts, codes, and both ways to ask', () => {
  expect(Canceled).toBeInstanceOf(Error)
  expect([Canceled.message, Canceled.code]).toEqual(['context canceled', 'GMP_CONTEXT_CANCELED'])
  expect([DeadlineExceeded.message, DeadlineExceeded.code]).toEqual([
    'context deadline exceeded',
    'GMP_CONTEXT_DEADLINE_EXCEEDED',
  ])
  expect(String(Canceled)).toBe('AbortError: context canceled')
  const wrapped = new Error('fetch failed', { cause: new Error('aborted', { cause: DeadlineExceeded }) })
  expect(DeadlineExceeded instanceof DeadlineExceeded).toBe(true)
  expect(wrapped instanceof DeadlineExceeded).toBe(true)
  expect(wrapped instanceof Canceled).toBe(false)
  for (const other of [null, undefined, 1, 'x', {}, new Error('x')]) expect(other instanceof Canceled).toBe(false)
  const ring = new Error('ring')
  ring.cause = ring
  expect(ring instanceof Canceled).toBe(false)
})

test('cancel functions and stop() are Disposable', () => {
  const told: (Error | null)[] = []
  let ctx: Context
  {
    const [c, cancel] = withCancel(background())
    using _ = cancel
    using stop = afterFunc(c, () => {
      throw new Error('it was taken back')
    })
    ctx = c
    told.push(ctx.err())
    expect(typeof stop).toBe('function')
  }
  told.push(ctx.err())
  expect(told).toEqual([null, Canceled])
})

test('names: a word of its own, or only the type', () => {
  class User {
    readonly secret = 'secret'
  }
  const words: [unknown, string][] = [
    ['text', 'text'],
    [Symbol('s'), 'Symbol(s)'],
    [contextKey('user'), 'user'],
    [new User(), 'User'],
    [[1, 2], 'Array'],
    [{}, 'Object'],
    [Object.create(null), 'object'],
    [7, 'number'],
    [() => 'source', 'function'],
    [undefined, '<nil>'],
    [{ toString: () => 'stringer' }, 'stringer'],
  ]
  for (const [value, word] of words) {
    expect(String(withValue(background(), 'k', value))).toBe(`context.Background.WithValue(k, ${word})`)
  }
})
