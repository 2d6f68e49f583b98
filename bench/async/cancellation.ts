/*
 * The context rows for libraries that have cancellation and no contexts, behind a seam.
 */
import type { Program, Programs } from '../harness/program.ts'

/** How a library makes something that ends with its parent, or by itself and then leaves it. */
export interface Cancellation<Node> {
  root(): Node
  child(parent: Node): Node
  cancel(node: Node): unknown
  done(node: Node): boolean
}

/** How many children a node of the tree has. */
const FAN = 10

export const cancellationPrograms = <Node>({ root, child, cancel, done }: Cancellation<Node>): Programs => {
  const tree: Program = async (n) => {
    const top = root()
    const all = [top]
    for (const parent of all) {
      for (let i = 0; i < FAN && all.length < n; i++) all.push(child(parent))
      if (all.length >= n) break
    }
    await cancel(top)
    let sum = 0
    for (const node of all) if (done(node)) sum++
    return { sum }
  }

  const children: Program = async (n) => {
    const parent = root()
    let sum = 0
    for (let i = 0; i < n; i++) {
      const own = child(parent)
      // Only where a library's cancel is asynchronous is it awaited.
      const ended = cancel(own)
      if (ended !== undefined) await ended
      if (done(own)) sum++
    }
    await cancel(parent)
    return { sum }
  }

  return { 'context-tree-10k': tree, 'context-tree': tree, 'context-child': children }
}
