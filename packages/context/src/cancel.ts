/*
 * Cancellation: how the end of a context reaches everything made from it.
 *
 * Shape     A context that can be canceled is a child of its parent's origin, past contexts with only values:
 *
 *               root.first ──► a ⇄ b ⇄ c            next: to the right, null at the end
 *                 a.up = b.up = c.up = root          prev: to the left, and of the first the last
 *                 b.first ──► d ⇄ e
 *
 *           A custom parent has no list. It calls us back (its afterFunc), or a goroutine waits on its done(); `up` is then a
 *           Holder that takes that back.
 *
 * States    open -> done, once; err() and cause() never change after.
 *
 * Order     as in Go: err, cause, done; then the children, oldest first, each with its own; then it leaves its
 *           parent's list. A context that is done by then keeps what it has: the first cancel wins.
 *
 * User code runs in three places: listeners of signals, a custom parent's stop(), and functions of afterFunc(). The last are
 *           goroutines. The others wait in `due` until the whole tree is done: so whoever is told finds every
 *           context below done too. cancel() does what is due before it returns; a deadline may fire in the middle
 *           of some operation, and what is due then has a microtask of its own.
 *
 * Invariants  (checkContext in check.ts verifies these)
 *   [ctx-1]  A child's `up` is the context in whose list it is; `prev` and `next` agree.
 *   [ctx-2]  Done implies: no children, held by nobody, in no timer heap.
 *   [ctx-3]  The done channel, if it was asked for, is closed exactly when the context is done.
 *   [ctx-4]  A deadline that is in a list, waits for a custom parent, or was asked for a channel, a signal or a child is in
 *            the timer heap until it is done, and none is after that (deadline.ts).
 *
 * Cost      Making and unlinking a child: O(1). Canceling: O(tree), no recursion: a chain of a million contexts does not
 *           overflow the stack (guarded by tree.test). The channel and the signal are made when asked for. A large tree costs
 *           what the collector takes to move its contexts, so each field counts: ten of them, and what a context has of
 *           its ancestors is one (context.ts). With fifteen a tree of 100 000 took half as long again.
 *
 * Threads   A context crosses to another thread by @gmp/scheduler, which hangs a child on it whose ended() writes to shared memory, and on
 *           the other side makes one that it ends by finish(), with an env.clock that is polled. So those members, and up and
 *           end, are known outside of this package (scheduler, context/inside.ts).
 *
 * Rejected  A Set of children, as Go's map: a tree of 100 000 costs 118 ns and 97 bytes a child, the list 50 ns and 73.
 *           Children of a context nobody watches asking their parent instead of being told: nothing to link, but which of
 *           a deadline and a cancel came first cannot be told later.
 * Source    Go src/context/context.go: cancelCtx, propagateCancel. docs/differences-from-go.md#contexts.
 */

import { chan, type Chan, type RecvChan } from '@gmp/chan'
import { Ctx, originOf, own, SELF, valid, type Context } from './context.ts'
import { Canceled } from './errors.ts'
import { go, rt } from './kernel.ts'
import { newController, type ContextSignal, type Controller } from './signal.ts'

/** Cancels its context; only the first call does anything. `using _ = cancel` cancels at the end of the block. */
export interface CancelFunc extends Disposable {
  (): void
}

/** Cancels its context with a cause, which cause() then gives; without one it is Canceled. Only the first call counts. */
export interface CancelCauseFunc extends Disposable {
  (cause?: unknown): void
}

/** A parent that calls back. */
interface AfterFuncer {
  afterFunc(f: () => void): (() => unknown) | undefined
}

/** Why a context is done. All of a tree that ended together share one. @internal */
export interface End {
  readonly err: Error
  readonly reason: unknown
}

/** Who has to be told when a context is done that waits for it: its parent, or what stands for a custom one. @internal */
export interface Holder {
  remove(child: CancelCtx, later: boolean): void
}

/** @internal */
export class CancelCtx extends Ctx implements Holder {
  /** Set once, by the first cancel. */
  end: End | null = null
  channel: Chan<never> | null = null
  controller: Controller | null = null
  up: Holder | null = null
  first: CancelCtx | null = null
  next: CancelCtx | null = null
  prev: CancelCtx | null = null

  /** Itself, also when it is asked through a wrapper made by Object.create(). */
  override get origin(): CancelCtx {
    // Safety: it is what the constructor put there.
    return this[SELF] as CancelCtx
  }

  override done(): RecvChan<never> {
    const self = this.origin
    let { channel } = self
    if (channel === null) {
      if (self.err() === null) self.watch()
      channel = self.channel = chan<never>()
      if (self.end !== null) channel.close()
    }
    return channel
  }

  override err(): Error | null {
    // A deadline may have passed while nobody let the timers run: a loop that only asks err() must end too.
    if (this.end === null) this.env.clock?.poll()
    return this.end?.err ?? null
  }

  override get signal(): ContextSignal {
    const self = this.origin
    let { controller } = self
    if (controller === null) {
      if (self.err() === null) self.watch()
      controller = self.controller = newController()
      if (self.end !== null) controller.abort(self.end.reason)
    }
    return controller.signal
  }

  /** Called while it is open: from now on somebody wants to be told of its end. */
  watch(): void {}

  /** Called when it is done, before its children are. Must not run user code. */
  ended(): void {}

  label(): string {
    return '.WithCancel'
  }

  /**
   * Ends it, which is open, and all below it. `later`: the caller is the timer heap or an operation, where no user code
   * may run.
   */
  finish(err: Error, why?: unknown, later = false): void {
    const reason = why ?? err
    const end = { err, reason }
    const root = this.origin
    for (let c = root; ;) {
      c.end = end
      const { controller } = c
      if (controller !== null) defer(() => controller.abort(reason), later)
      c.channel?.close()
      c.ended()
      let next = c.first
      while (next === null && c !== root) {
        // Safety: `c` is below this one, so it is in the list of a context [ctx-1].
        const parent = c.up as CancelCtx
        next = c.next
        unlinked(c)
        if (next === null) {
          parent.first = null
          c = parent
        }
      }
      if (next === null) break
      c = next
    }
    root.up?.remove(root, later)
    if (!later && at < due.length) flush()
  }

  add(child: CancelCtx): void {
    this.watch()
    child.up = this
    const { first } = this
    if (first === null) {
      this.first = child
      child.prev = child
    } else {
      // Safety: of the first, prev is the last [ctx-1].
      const last = first.prev as CancelCtx
      last.next = child
      child.prev = last
      first.prev = child
    }
  }

  remove(child: CancelCtx): void {
    // Safety: `child` is in the list [ctx-1].
    const first = this.first as CancelCtx
    const { next } = child
    const prev = child.prev as CancelCtx
    ;(next ?? first).prev = prev
    if (child === first) this.first = next
    else prev.next = next
    unlinked(child)
  }
}

function unlinked(c: CancelCtx): void {
  c.up = null
  c.next = null
  c.prev = null
}

/* What is to be called when no tree is half done, and how far that has come. */
let due: (() => unknown)[] = []
let at = 0

/** Does what is due. The running goroutine is hidden from it: operations started there are not the goroutine's. */
function flush(): void {
  const { cur } = rt
  rt.cur = null
  try {
    // What a listener cancels is done here too, in its own flush().
    while (at < due.length) (due[at++] as () => unknown)()
  } finally {
    rt.cur = cur
    // If a custom stop() threw, the others must not suffer.
    if (at < due.length) flush()
    due = []
    at = 0
  }
}

function defer(fn: () => unknown, later: boolean): void {
  if (later && due.length === 0) rt.host.microtask(flush)
  due.push(fn)
}

/** Cancels a context and all below it, unless it is done, or its deadline has passed without anybody noticing. @internal */
export function cancel(c: CancelCtx, why?: unknown): void {
  if (c.err() === null) c.finish(Canceled, why)
}

/** Has `child` end when `parent` does; now, if it has. @internal */
export function propagate<C extends CancelCtx>(child: C, parent: Context): C {
  const origin = originOf(parent)
  if (origin === null) return child
  if (own(origin) === null) foreign(child, origin)
  // Safety: an origin of ours is a CancelCtx.
  else join(child, origin as CancelCtx)
  return child
}

function join(child: CancelCtx, origin: CancelCtx): void {
  const err = origin.err()
  if (err === null) origin.add(child)
  // Safety: it is done.
  else child.finish(err, (origin.end as End).reason)
}

/** Waits for a custom context. */
function foreign(child: CancelCtx, parent: Context): void {
  const done = parent.done()
  if (!done) return
  const end = () => {
    child.up = null
    // One that is done and does not say why is taken to be canceled, where Go panics.
    if (child.end === null) child.finish(parent.err() ?? Canceled, cause(parent))
  }
  if (done.tryRecv() !== undefined) {
    end()
    return
  }
  // If its done channel is that of one of ours, it only wraps that one.
  const wrapped = parent.value(SELF) as CancelCtx | null | undefined
  if (wrapped?.channel === done) {
    join(child, wrapped)
    return
  }
  const stop = (parent as Partial<AfterFuncer>).afterFunc?.(end) ?? watcher(done, end)
  // It may have called back at once.
  if (child.end !== null) return
  child.up = {
    remove(_, later) {
      child.up = null
      defer(stop, later)
    },
  }
}

function watcher(done: RecvChan<never>, end: () => void): () => unknown {
  const g = go(function* watchContext() {
    yield* done.recv()
    end()
  })
  return () => g.kill()
}

/** Makes `using _ = f` call f. @internal */
export function disposable<F extends () => unknown>(f: F): F & Disposable {
  const d = f as F & Disposable
  d[Symbol.dispose] = f
  return d
}

/**
 * A context that ends when `cancel` is called or when `parent` ends, whichever is first. Call `cancel` when its work is
 * over: until then the parent holds on to it.
 *
 * **Ordering**: when cancel() returns, every context below is done, its done channel closed and its signal aborted; what
 * waits for that has been woken and has not run.
 *
 * **Throws** a Panic `cannot create context from nil parent` (code `GMP_CONTEXT_BAD_PARENT`).
 *
 * @example
 * ```ts
 * const [ctx, cancel] = withCancel(background())
 * cancel()
 * console.log(ctx.err() === Canceled) // => true
 * ```
 */
export function withCancel(parent: Context): [ctx: Context, cancel: CancelFunc] {
  const c = propagate(new CancelCtx(valid(parent)), parent)
  return [c, disposable(() => cancel(c))]
}

/** As withCancel(), and `cancel` takes the cause that cause() then gives. err() is Canceled all the same. */
export function withCancelCause(parent: Context): [ctx: Context, cancel: CancelCauseFunc] {
  const c = propagate(new CancelCtx(valid(parent)), parent)
  return [c, disposable((why?: unknown) => cancel(c, why))]
}

/**
 * Why `ctx` is done: what the first cancel of it or of an ancestor gave as the cause, else what err() gives. Null while it
 * is not done.
 */
export function cause(ctx: Context): unknown {
  const err = ctx.err()
  if (err === null) return null
  // A custom context may be done while what it wraps is not.
  return (ctx.value(SELF) as CancelCtx | null | undefined)?.end?.reason ?? err
}
