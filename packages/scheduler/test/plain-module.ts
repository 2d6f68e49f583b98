/*
 * A module that knows nothing of tasks.
 */

export function double(n: number): number {
  return n * 2
}

export async function shout(text: string): Promise<string> {
  return `${text.toUpperCase()}!`
}

export function* counted(n: number): Generator<never, number[], void> {
  return Array.from({ length: n }, (_, i) => i)
}

export const notAFunction = 1
