/*
 * Random trees of contexts against a model that is obvious and slow: each context is looked up through its parents.
 */

import {
  afterFunc,
  background,
  Canceled,
  cause,
  DeadlineExceeded,
  withCancelCause,
  withoutCancel,
  withTimeoutCause,
  withValue,
  type CancelCauseFunc,
  type Context,
} from '@gmp/context'
import { checkTimers, swapHost } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed, ScriptedHost, type Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkContext } from '../src/check.ts'
import { isDone, OtherContext } from './custom.ts'

/** What a context should be. */
class Model {
  readonly parent: Model | null
  /** It ends with its parent. */
  readonly follows: boolean
  readonly children: Model[] = []
  readonly values = new Map<number, number>()
  err: Error | null = null
  why: unknown = null

  constructor(parent: Model | null, follows = true) {
    this.parent = parent
    this.follows = follows
    if (parent !== null && follows) {
      parent.children.push(this)
      this.err = parent.err
      this.why = parent.why
    }
  }

  value(key: number): number | undefined {
    return this.values.get(key) ?? this.parent?.value(key)
  }

  end(err: Error, why: unknown): void {
    if (this.err !== null) return
    this.err = err
    this.why = why
    for (const child of this.children) child.end(err, why)
  }
}

interface Node {
  readonly ctx: Context
  readonly model: Model
  readonly cancel: CancelCauseFunc | (() => void) | null
}

test('random trees agree with the model after every step', async () => {
  const host = new ScriptedHost(() => 0)
  const old = swapHost(host)
  try {
    await eachSeed(stress, { runs: 200 }, (random) => {
      const asks = random.chance(0.5)
      const nodes: Node[] = [{ ctx: background(), model: new Model(null), cancel: null }]
      try {
        for (let step = 0; step < 60; step++) {
          act(random, nodes, step)
          for (const { ctx, model } of nodes) compare(ctx, model, asks)
        }
        for (const { ctx, model } of nodes) compare(ctx, model, true)
      } finally {
        for (const { cancel } of nodes) cancel?.()
        host.runAll()
      }
      expect(checkTimers()).toBe(0)
    })
  } finally {
    host.runAll()
    swapHost(old)
  }
})

function act(random: Random, nodes: Node[], step: number): void {
  const { ctx: parent, model } = random.pick(nodes)
  const why = new Error(`cause ${step}`)
  switch (random.int(8)) {
    case 0:
    case 1: {
      const [ctx, cancel] = withCancelCause(parent)
      nodes.push({ ctx, model: new Model(model), cancel })
      return
    }
    case 2: {
      const past = random.chance(0.3)
      const [ctx, cancel] = withTimeoutCause(parent, past ? -1 : 1e6, why)
      const child = new Model(model)
      if (past) child.end(DeadlineExceeded, why)
      nodes.push({ ctx, model: child, cancel: () => cancel() })
      return
    }
    case 3: {
      const child = new Model(model)
      const key = random.int(4)
      child.values.set(key, step)
      nodes.push({ ctx: withValue(parent, key, step), model: child, cancel: null })
      return
    }
    case 4:
      nodes.push({ ctx: new OtherContext(parent), model: new Model(model), cancel: null })
      return
    case 5: {
      if (random.chance(0.3)) nodes.push({ ctx: withoutCancel(parent), model: new Model(model, false), cancel: null })
      else if (afterFunc(parent, () => {})() !== (model.err === null)) throw new Error('wrong answer of stop()')
      return
    }
    default: {
      const node = random.pick(nodes)
      if (node.cancel === null) return
      if (random.chance(0.3)) void node.ctx.signal
      const explicit = node.cancel.length > 0
      node.cancel(explicit ? why : undefined)
      node.model.end(Canceled, explicit ? why : Canceled)
    }
  }
}

/** `asks`: also for the channel and the signal, which are made at the first time. */
function compare(ctx: Context, model: Model, asks: boolean): void {
  same('err', ctx.err(), model.err)
  same('cause', cause(ctx), model.why)
  for (let key = 0; key < 4; key++) same('value', ctx.value(key), model.value(key))
  checkContext(ctx)
  if (!asks) return
  if (ctx.done() !== null) same('done', isDone(ctx), model.err !== null)
  same('aborted', ctx.signal.aborted, model.err !== null)
  if (model.err !== null) same('reason', ctx.signal.reason, model.why)
}

function same(what: string, got: unknown, want: unknown): void {
  if (!Object.is(got, want)) throw new Error(`${what}: expected ${String(want)}, got ${String(got)}`)
}
