/*
 * The functions of the pattern rows, the same for every library.
 */
export const stages = {
  inc: (i: number): number => i + 1,
  even: (i: number): boolean => i % 2 === 0,
  triple: (i: number): number => i * 3,
  add: (a: number, b: number): number => a + b,
}

export type Stages = typeof stages

/** An async function that gives way once. */
export const waiting =
  (fn: (i: number) => number) =>
  async (i: number): Promise<number> => {
    await undefined
    return fn(i)
  }

const made = new Map<number, readonly number[]>()

/** 0 to n − 1; made once, for an array costs more than a pipeline. */
export const numbers = (n: number): readonly number[] => {
  const before = made.get(n)
  if (before !== undefined) return before
  const values = Array.from({ length: n }, (_, i) => i)
  made.set(n, values)
  return values
}

export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
