import { after, chan, recv, select } from '@gmp/chan'
import {
  afterFunc,
  background,
  Canceled,
  cause,
  contextKey,
  DeadlineExceeded,
  fromSignal,
  withCancel,
  withCancelCause,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
} from '@gmp/context'
import { go, sleep } from '@gmp/core'
import { equal, thrown, type Cases } from '../suite.ts'

export const cases: Cases = {
  async 'a tree ends with its root'() {
    const [root, cancel] = withCancelCause(background())
    const [child] = withCancel(withValue(root, 'a', 1))
    const free = withoutCancel(child)
    const waiter = go(function* () {
      yield* select({ done: recv(child.done()), late: recv(after(60_000)) })
      return child.err()
    })
    await sleep(1)
    const why = new Error('why')
    cancel(why)
    equal([root.err(), child.err(), free.err()], [Canceled, Canceled, null])
    equal([cause(child), child.signal.reason, free.value('a')], [why, why, 1])
    equal(await waiter, Canceled)
  },

  async 'a deadline'() {
    const start = performance.now()
    const [ctx, cancel] = withTimeout(background(), 5)
    using _ = cancel
    await ctx.done()?.recv()
    if (performance.now() - start < 4.8) throw new Error('too early')
    equal([ctx.err(), ctx.err() instanceof DeadlineExceeded], [DeadlineExceeded, true])
    const [past] = withDeadline(background(), new Date(Date.now() - 1))
    equal(past.err(), DeadlineExceeded)
  },

  async 'the signal stops what takes one'() {
    const [ctx, cancel] = withCancel(background())
    const receive = chan<number>().recv(ctx)
    const listened = new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    cancel()
    equal(await thrown(receive), Canceled)
    await listened
    equal([ctx.signal.aborted, ctx.signal.reason], [true, Canceled])
  },

  async 'AbortSignal.timeout() as a parent'() {
    const keepAlive = setTimeout(() => {}, 60_000)
    const [ctx, cancel] = withCancel(fromSignal(AbortSignal.timeout(5)))
    await ctx.done()?.recv()
    clearTimeout(keepAlive)
    cancel()
    equal([ctx.err(), (cause(ctx) as Error).name], [DeadlineExceeded, 'TimeoutError'])
  },

  async 'afterFunc, and taking it back'() {
    const [ctx, cancel] = withCancel(background())
    const ran = chan<string>(2)
    afterFunc(ctx, () => void ran.trySend('ran'))
    const stop = afterFunc(ctx, () => void ran.trySend('no'))
    equal(stop(), true)
    cancel()
    equal(await ran.recv(), 'ran')
    equal(ran.tryRecv(), undefined)
  },

  'typed values, and String forms'() {
    const user = contextKey<{ id: number }>('user')
    const ctx = withValue(background(), user, { id: 7 })
    equal(ctx.value(user)?.id, 7)
    equal(String(withCancel(ctx)[0]), 'context.Background.WithValue(user, Object).WithCancel')
  },
}
