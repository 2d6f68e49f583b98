/*
 * Gate: what a node gives that has no room for another value yet, and who waits there.
 *
 * What      Two can wait: a goroutine, which is woken, or a node or a pump (sync-source.ts) that stands directly above, which is
 *           called. A call costs a tenth of waking a goroutine, and happens in whatever made the room: the callback of a
 *           promise, a worker. So a chain of nodes goes on by calls, and its goroutines rest.
 *
 * Depth     A call upwards happens last, when the node below is in order, and pushes down again: at most a call for each node is on
 *           the stack.
 */

import type { Park } from '@gmp/core'
import { complete, completedVoid, started, Waiter, waiter, type Kind, type Owner } from './kernel.ts'
import type { Pending } from './node.ts'

const ROOM: Kind = { reason: 'room for a value' }

/** Waits at a gate without a goroutine. @internal */
export interface Above {
  resume(): void
}

/** What a gate belongs to. */
interface Gated {
  readonly flow: { readonly stopped: boolean }
  open(): boolean
}

/** @internal */
export class Gate implements Pending, Owner {
  private readonly node: Gated
  /** There is only one above. */
  waiting: Waiter | Above | null = null

  constructor(node: Gated) {
    this.node = node
  }

  [Symbol.iterator](): Iterator<Park, unknown, void> {
    const { node } = this
    if (node.flow.stopped || node.open()) return completedVoid()[Symbol.iterator]()
    const w = waiter(ROOM)
    w.owner = this
    this.waiting = w
    return started<void>(w)[Symbol.iterator]()
  }

  /** The goroutine waits no more. */
  drop(w: Waiter): void {
    w.owner = null
    this.waiting = null
  }

  /** Lets who waits go on: there is room. */
  pass(): void {
    const { waiting } = this
    this.waiting = null
    if (waiting instanceof Waiter) {
      waiting.owner = null
      complete(waiting, undefined)
    } else waiting?.resume()
  }
}
