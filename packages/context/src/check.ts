/*
 * The invariants of cancel.ts, looked at by tests.
 */

import { fatal } from '@gmp/core/internal'
import type { CancelCtx } from './cancel.ts'
import { own, type Context } from './context.ts'

/** Verifies [ctx-1..4] for a context and all below it, and answers how many children it has. @internal */
export function checkContext(ctx: Context): number {
  const root = own(ctx)?.origin as CancelCtx | null
  if (root === null || own(root) === null) return 0
  let children = 0
  for (const todo = [root]; todo.length > 0;) {
    // Safety: it is not empty.
    const c = todo.pop() as CancelCtx
    const name = String(c)
    if (
      c.error !== null &&
      (c.first !== null || c.up !== null || c.next !== null || c.prev !== null || c.stop !== null)
    ) {
      fatal(`[ctx-2] ${name} is done and still linked`)
    }
    if (c.channel !== null && (c.channel.tryRecv() !== undefined) !== (c.error !== null))
      fatal(`[ctx-3] ${name}: wrong done channel`)
    if (c.clock !== null && own(c.clock) === c) {
      const inHeap = c.clock.pos >= 0
      const held = [c.up, c.stop, c.channel, c.controller, c.first].some((x) => x !== null)
      if (c.error === null ? held && !inHeap : inHeap) fatal(`[ctx-4] ${name} is at ${c.clock.pos} in the heap`)
    }
    let before = c.first?.prev
    for (let child = c.first; child !== null; child = child.next) {
      if (child.up !== c || child.prev !== before) fatal(`[ctx-1] a child of ${name} is wrongly linked`)
      before = child
      if (c === root) children++
      todo.push(child)
    }
    if (before !== c.first?.prev) fatal(`[ctx-1] the first child of ${name} does not know the last`)
  }
  return children
}
