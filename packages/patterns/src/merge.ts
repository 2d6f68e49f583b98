/*
 * merge: several channels as one. Go's fan-in.
 */

import type { RecvChan } from '@gmp/chan'
import type { Context } from '@gmp/context'
import { Flow } from './flow.ts'
import type { Node } from './node.ts'
import { checkSource, feed, type Source } from './source.ts'
import { Outlet, Stage } from './stage.ts'

/**
 * A channel of the values of all `sources`, as they come; those of one source stay in their order. It ends when all of them
 * have.
 *
 * **Cancellation**: as generate().
 *
 * **Throws** at the receiver what the first source to fail threw; the others are closed then.
 *
 * @example
 * ```ts
 * const both = merge(background(), [1, 2], generate(background(), [10, 20]))
 * let sum = 0
 * for await (const n of both) sum += n
 * console.log(sum) // => 33
 * ```
 */
export function merge<T extends readonly unknown[]>(
  ctx: Context,
  ...sources: { [K in keyof T]: Source<T[K]> }
): RecvChan<T[number]> {
  for (const source of sources) if (typeof source !== 'function') checkSource(source)
  const flow = new Flow(ctx)
  const out = new Stage<T[number]>(flow, 0)
  let open = sources.length
  if (open === 0) flow.stop()
  for (const source of sources) {
    // Each has an outlet of its own: an outlet keeps the value that it has to wait for.
    const outlet = new Outlet(out, flow)
    const head: Node<T[number]> = {
      push: (value) => outlet.push(value),
      end: () => (--open === 0 ? outlet.end() : undefined),
    }
    feed(source, flow, head)
  }
  return out
}
