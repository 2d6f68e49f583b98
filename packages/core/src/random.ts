/*
 * Seeded randomness: sfc32 (Chris Doty-Humphrey's Small Fast Counter), 128 bits of state, passes PractRand.
 *
 * A select's choice is the only thing in core and chan that is random. It comes from the host, so that a test can
 * replay it from one number. Not for secrets.
 */

/** A stream of unsigned 32-bit numbers, the same for the same seed. @internal */
export function seeded(seed: number): () => number {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  // Twelve rounds spread the seed over the whole state.
  for (let i = 0; i < 12; i++) next()
  return next
}
