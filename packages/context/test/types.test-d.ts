/*
 * What the type checker promises; tsc checks this file, nothing runs it.
 */

import {
  background,
  contextKey,
  DeadlineExceeded,
  withCancel,
  withCancelCause,
  withValue,
  type Context,
} from '@gmp/context'
import type { RecvChan } from '@gmp/chan'

export function types(ctx: Context): void {
  const user = contextKey<{ id: number }>('user')
  const found: { id: number } | undefined = ctx.value(user)
  withValue(ctx, user, { id: 1 })
  withValue(ctx, 'any key', 'any value')
  // @ts-expect-error -- not what the key is for
  withValue(ctx, user, { id: 'one' })
  // @ts-expect-error -- a key for one type is no key for another
  const other: typeof user = contextKey<string>('user')
  const any: unknown = ctx.value('any key')

  const d = ctx.deadline()
  if (d.ok) d.deadline.getTime()
  // @ts-expect-error -- there may be none
  d.deadline.getTime()

  const done: RecvChan<never> | null = ctx.done()
  // @ts-expect-error -- nobody sends on it
  ctx.done().send(1)
  void fetch('http://localhost', { signal: ctx.signal })

  const [, cancel] = withCancel(background())
  using _ = cancel
  // @ts-expect-error -- no cause
  cancel(new Error('why'))
  const [, cancelCause] = withCancelCause(background())
  cancelCause()
  cancelCause('anything')
  if (any instanceof DeadlineExceeded) void found
  void [other, done]
}
