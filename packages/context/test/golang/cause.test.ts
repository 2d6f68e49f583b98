/*
 * TestCause and TestCustomContextCause of Go's src/context/x_test.go; written from what they check.
 */

import {
  background,
  Canceled,
  cause,
  DeadlineExceeded,
  todo,
  withCancel,
  withCancelCause,
  withoutCancel,
  withTimeout,
  withTimeoutCause,
  type CancelFunc,
  type Context,
} from '@gmp/context'
import { expect, test } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'
import { CustomContext, CustomDoneContext } from '../custom.ts'

const forever = 1e9
const parentCause = new Error('parentCause')
const childCause = new Error('childCause')
const tooSlow = new Error('tooSlow')
const finishedEarly = new Error('finishedEarly')

const cases: [name: string, make: () => Context, err: Error | null, cause: Error | null][] = [
  ['Background', background, null, null],
  ['TODO', todo, null, null],
  [
    'WithCancel',
    () => {
      const [ctx, cancel] = withCancel(background())
      cancel()
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithCancelCause',
    () => {
      const [ctx, cancel] = withCancelCause(background())
      cancel(parentCause)
      return ctx
    },
    Canceled,
    parentCause,
  ],
  [
    'WithCancelCause nil',
    () => {
      const [ctx, cancel] = withCancelCause(background())
      cancel(null)
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithCancelCause: parent cause before child',
    () => {
      const [parent, cancelParent] = withCancelCause(background())
      const [ctx, cancelChild] = withCancelCause(parent)
      cancelParent(parentCause)
      cancelChild(childCause)
      return ctx
    },
    Canceled,
    parentCause,
  ],
  [
    'WithCancelCause: parent cause after child',
    () => {
      const [parent, cancelParent] = withCancelCause(background())
      const [ctx, cancelChild] = withCancelCause(parent)
      cancelChild(childCause)
      cancelParent(parentCause)
      return ctx
    },
    Canceled,
    childCause,
  ],
  [
    'WithCancelCause: parent cause before nil',
    () => {
      const [parent, cancelParent] = withCancelCause(background())
      const [ctx, cancelChild] = withCancel(parent)
      cancelParent(parentCause)
      cancelChild()
      return ctx
    },
    Canceled,
    parentCause,
  ],
  [
    'WithCancelCause: parent cause after nil',
    () => {
      const [parent, cancelParent] = withCancelCause(background())
      const [ctx, cancelChild] = withCancel(parent)
      cancelChild()
      cancelParent(parentCause)
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithCancelCause: child cause after nil',
    () => {
      const [parent, cancelParent] = withCancel(background())
      const [ctx, cancelChild] = withCancelCause(parent)
      cancelParent()
      cancelChild(childCause)
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithCancelCause: child cause before nil',
    () => {
      const [parent, cancelParent] = withCancel(background())
      const [ctx, cancelChild] = withCancelCause(parent)
      cancelChild(childCause)
      cancelParent()
      return ctx
    },
    Canceled,
    childCause,
  ],
  [
    'WithTimeout',
    () => {
      const [ctx, cancel] = withTimeout(background(), 0)
      cancel()
      return ctx
    },
    DeadlineExceeded,
    DeadlineExceeded,
  ],
  [
    'WithTimeout canceled',
    () => {
      const [ctx, cancel] = withTimeout(background(), forever)
      cancel()
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithTimeoutCause',
    () => {
      const [ctx, cancel] = withTimeoutCause(background(), 0, tooSlow)
      cancel()
      return ctx
    },
    DeadlineExceeded,
    tooSlow,
  ],
  [
    'WithTimeoutCause canceled',
    () => {
      const [ctx, cancel] = withTimeoutCause(background(), forever, tooSlow)
      cancel()
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'WithTimeoutCause stacked',
    () => {
      const [parent, cancel] = withCancelCause(background())
      const [ctx] = withTimeoutCause(parent, 0, tooSlow)
      cancel(finishedEarly)
      return ctx
    },
    DeadlineExceeded,
    tooSlow,
  ],
  [
    'WithTimeoutCause stacked canceled',
    () => {
      const [parent, cancel] = withCancelCause(background())
      const [ctx] = withTimeoutCause(parent, forever, tooSlow)
      cancel(finishedEarly)
      return ctx
    },
    Canceled,
    finishedEarly,
  ],
  ['WithoutCancel', () => withoutCancel(background()), null, null],
  [
    'WithoutCancel canceled',
    () => {
      const [parent, cancel] = withCancelCause(background())
      const ctx = withoutCancel(parent)
      cancel(finishedEarly)
      return ctx
    },
    null,
    null,
  ],
  [
    'WithoutCancel timeout',
    () => {
      const [parent, cancel] = withTimeoutCause(background(), 0, tooSlow)
      cancel()
      return withoutCancel(parent)
    },
    null,
    null,
  ],
  [
    'parent of custom context not canceled',
    () => {
      const ctx = new CustomContext(withCancelCause(background())[0])
      ctx.cancel()
      return ctx
    },
    Canceled,
    Canceled,
  ],
  [
    'parent of custom context is canceled before',
    () => {
      const [parent, cancel1] = withCancelCause(background())
      const ctx = new CustomContext(parent)
      cancel1(parentCause)
      ctx.cancel()
      return ctx
    },
    Canceled,
    parentCause,
  ],
  [
    'parent of custom context is canceled after',
    () => {
      const [parent, cancel1] = withCancelCause(background())
      const ctx = new CustomContext(parent)
      ctx.cancel()
      cancel1(parentCause)
      return ctx
    },
    Canceled,
    // As in Go: a custom context cannot tell that it ended first.
    parentCause,
  ],
]

test('TestCause has the 23 cases of Go', () => {
  expect(cases.length).toBe(23)
})

test.for(cases)('TestCause: %s', ([, make, err, why]) => {
  const ctx = make()
  expect(ctx.err()).toBe(err)
  expect(cause(ctx)).toBe(why)
})

/** Knows nothing of its parent; may cancel a child by hand. */
class CustomCauseContext extends CustomDoneContext {
  cancelChild: CancelFunc | undefined
  private error: Error | null = null

  constructor() {
    super(background())
  }

  override err(): Error | null {
    return this.error
  }

  cancel(): void {
    this.error = Canceled
    this.channel.close()
    this.cancelChild?.()
  }
}

inBothIdioms('TestCustomContextCause', function* ({ watch }: Env) {
  const done = new CustomCauseContext()
  done.cancel()
  expect(done.err()).toBe(Canceled)
  expect(cause(done)).toBe(Canceled)

  const parent = new CustomCauseContext()
  const [ctx, cancel] = withCancelCause(parent)
  const why = new Error('TestCustomContextCause')
  cancel(why)
  expect(watch(ctx).err()).toBe(Canceled)
  expect(cause(ctx)).toBe(why)
  expect(parent.err()).toBe(null)
  expect(cause(parent)).toBe(null)
  parent.cancel()
  expect(ctx.err()).toBe(Canceled)
  expect(cause(ctx)).toBe(why)
  expect(parent.err()).toBe(Canceled)
  expect(cause(parent)).toBe(Canceled)

  const other = new CustomCauseContext()
  const [child, cancelChild] = withCancel(other)
  other.cancelChild = cancelChild
  other.cancel()
  for (const c of [watch(child), other]) {
    expect(c.err()).toBe(Canceled)
    expect(cause(c)).toBe(Canceled)
  }
})
