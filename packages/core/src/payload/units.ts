/*
 * Texts of any letters in words: two units of UTF-16 to a word, the first in its lower half.
 */

/** Writes `text` from word `at` on; answers the word behind it. */
export function writeUnits(i32: Int32Array, at: number, text: string): number {
  let end = at
  // Behind the end a unit is NaN, which is 0 here.
  for (let i = 0; i < text.length; i += 2) i32[end++] = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)
  return end
}

/** The text of `length` units from word `at` on. */
export function readUnits(i32: Int32Array, at: number, length: number): string {
  const units: number[] = []
  for (let i = 0; i < length; i++) units.push(((i32[at + (i >> 1)] as number) >>> ((i & 1) << 4)) & 0xffff)
  return textOf(units)
}

export const textOf = (units: ArrayLike<number>): string => String.fromCharCode.apply(null, units as number[])
