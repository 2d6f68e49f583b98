/*
 * What is left once the collector has taken what it will: for tests of what comes back by finalizers.
 */

declare const setImmediate: (fn: () => void) => unknown
declare const gc: (() => void) | undefined

/** What `count` gives when it no longer changes, however often the collector runs. Wants --expose-gc. */
export async function settled(count: () => number): Promise<number> {
  if (typeof gc === 'undefined') throw new Error('run with --expose-gc')
  let last = Infinity
  for (let same = 0; same < 3;) {
    gc()
    await new Promise<void>((resolve) => setImmediate(resolve))
    const now = count()
    same = now === last ? same + 1 : 0
    last = now
  }
  return last
}
