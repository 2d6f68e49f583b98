/*
 * The functions that tasks run, in whichever pool.
 */

export const add = (a: number, b: number): number => a + b

/** Changes the first byte. */
export const touch = (bytes: Uint8Array): Uint8Array => {
  bytes[0] = 1
  return bytes
}

export const RANGE = 50_000

/** How many primes there are in the range with that number. */
export const primesIn = (range: number): number => {
  let count = 0
  for (let n = range * RANGE; n < (range + 1) * RANGE; n++) {
    let prime = n > 1
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0
    if (prime) count++
  }
  return count
}

/** Never ends. */
export const spin = (): never => {
  for (;;);
}
