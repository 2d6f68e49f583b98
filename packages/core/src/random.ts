/*
 * Seeded randomness: mulberry32 (Tommy Ettinger), one word of state, good enough for choices among a few.
 *
 * A select's choice is the only thing in core and chan that is random. It comes from the host; a test puts a host with
 * seeded numbers in, and replays it from one number. Not for secrets.
 */

/** A stream of unsigned 32-bit numbers, the same for the same seed. @internal */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t)
    return (t ^ (t >>> 14)) >>> 0
  }
}
