import { background, withCancel, withTimeout, withValue, type Context } from '@gmp/context'
import type { Program } from '../harness/program.ts'

/** How many children a node of the tree has. */
const FAN = 10

/** context-tree: n contexts, all canceled by the root. */
export const contextTree: Program = async (n) => {
  const [root, cancel] = withCancel(background())
  const all: Context[] = [root]
  for (const parent of all) {
    for (let i = 0; i < FAN && all.length < n; i++) all.push(withCancel(parent)[0])
    if (all.length >= n) break
  }
  cancel()
  let sum = 0
  for (const ctx of all) if (ctx.err() !== null) sum++
  return { sum }
}

/** context-child: made and canceled, n times, under one parent. */
export const contextChild: Program = async (n) => {
  const [parent, cancelParent] = withCancel(background())
  let sum = 0
  for (let i = 0; i < n; i++) {
    const [ctx, cancel] = withCancel(parent)
    cancel()
    if (ctx.err() !== null) sum++
  }
  cancelParent()
  return { sum }
}

const timeouts =
  (parent: Context): Program =>
  async (n) => {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const [ctx, cancel] = withTimeout(parent, 5000)
      cancel()
      if (ctx.err() !== null) sum++
    }
    return { sum }
  }

/** context-timeout: made and canceled, n times. */
export const contextTimeout: Program = timeouts(background())

/** context-timeout-child: the same under a parent that may end. */
export const contextTimeoutChild: Program = (n) => {
  const [parent, cancelParent] = withCancel(background())
  return timeouts(parent)(n).finally(cancelParent)
}

/** context-value: looked up n times, ten contexts up. */
export const contextValue: Program = async (n) => {
  const keys = Array.from({ length: 10 }, (_, i) => ({ i }))
  let ctx = background()
  for (const key of keys) ctx = withValue(ctx, key, 1)
  let sum = 0
  for (let i = 0; i < n; i++) sum += ctx.value(keys[0]) as number
  return { sum }
}
