/*
 * The invariants of cancel.ts, looked at by tests.
 */

import type { CancelCtx } from './cancel.ts'
import { own, type Context } from './context.ts'
import { fatal } from './kernel.ts'

/** Verifies [ctx-1..4] for a context and all below it, and answers how many children it has. @internal */
export function checkContext(ctx: Context): number {
  const root = own(ctx)?.origin as CancelCtx | null
  if (root === null || own(root) === null) return 0
  let children = 0
  for (const todo = [root]; todo.length > 0;) {
    // Safety: it is not empty.
    const c = todo.pop() as CancelCtx
    const name = String(c)
    if (c.end !== null && [c.first, c.up, c.next, c.prev].some((x) => x !== null))
      fatal(`[ctx-2] ${name} is done and still linked`)
    if (c.channel !== null && (c.channel.tryRecv() !== undefined) !== (c.end !== null))
      fatal(`[ctx-3] ${name}: wrong done channel`)
    const { clock } = c.env
    if (clock !== null && own(clock) === c) {
      const inHeap = clock.pos >= 0
      const held = [c.up, c.channel, c.controller, c.first].some((x) => x !== null)
      if (c.end === null ? held && !inHeap : inHeap) fatal(`[ctx-4] ${name} is at ${clock.pos} in the heap`)
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
