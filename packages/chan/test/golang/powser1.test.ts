/*
 * Power series as channels: a term flows only when the reader has asked for it. Thousands of goroutines and selects whose
 * sends and receives switch each other off.
 *
 * Behaviours and names from Go's test/chan/powser1.go (BSD-3-Clause, The Go Authors), after M. D. McIlroy, "Squinting at
 * Power Series". powser2.go is the same program with interfaces as elements, which are nothing special here.
 */

import { recv, select, send, type Chan } from '@gmp/chan'
import type { Routine } from '@gmp/core'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

/** A rational number; with a denominator of 0, the end of a series. */
interface Rat {
  readonly num: bigint
  readonly den: bigint
}

const gcd = (u: bigint, v: bigint): bigint => (u === 0n ? v : gcd(v % u, u))

function rat(u: number | bigint, v: number | bigint = 1): Rat {
  const [num, den] = v < 0 ? [-BigInt(u), -BigInt(v)] : [BigInt(u), BigInt(v)]
  const g = gcd(num < 0n ? -num : num, den)
  return { num: num / g, den: den / g }
}

const zero = rat(0)
const one = rat(1)
const finis: Rat = { num: 1n, den: 0n }
const isEnd = (u: Rat): boolean => u.den === 0n
const add = (u: Rat, v: Rat): Rat => rat(u.num * v.den + v.num * u.den, u.den * v.den)
const mul = (u: Rat, v: Rat): Rat => rat(u.num * v.num, u.den * v.den)
const neg = (u: Rat): Rat => ({ num: -u.num, den: u.den })

/** A series: a term comes on `dat` for each request on `req`. */
interface Series {
  readonly req: Chan<true>
  readonly dat: Chan<Rat>
}
type Pair = [Series, Series]

/** The operations on power series, done by goroutines of `env`. */
class Powser {
  private readonly env: Env

  constructor(env: Env) {
    this.env = env
  }

  private make(): Series {
    return { req: this.env.chan(), dat: this.env.chan() }
  }

  private start(body: (out: Series) => Routine): Series {
    const out = this.make()
    this.env.go(body, out)
    return out
  }

  private *asked(out: Series): Routine {
    yield* this.env.$(out.req.recv())
  }

  private *give(out: Series, u: Rat): Routine {
    yield* this.env.$(out.dat.send(u))
  }

  private *put(u: Rat, out: Series): Routine {
    yield* this.asked(out)
    yield* this.give(out, u)
  }

  *get(input: Series): Routine<Rat> {
    yield* this.env.$(input.req.send(true))
    return (yield* this.env.$(input.dat.recv())) ?? finis
  }

  /** One term of each of two series, asked for and received in whatever order they are ready. */
  private *getBoth(in0: Series, in1: Series): Routine<[Rat, Rat]> {
    const out: [Rat, Rat] = [finis, finis]
    const req: (Chan<true> | null)[] = [in0.req, in1.req]
    const dat: (Chan<Rat> | null)[] = [null, null]
    for (let n = 0; n < 4; n++) {
      const r = yield* this.env.$(
        select({
          ask0: send(req[0], true),
          ask1: send(req[1], true),
          got0: recv(dat[0]),
          got1: recv(dat[1]),
        }),
      )
      if (r.case === 'ask0') [req[0], dat[0]] = [null, in0.dat]
      else if (r.case === 'ask1') [req[1], dat[1]] = [null, in1.dat]
      else if (r.case === 'got0') [out[0], dat[0]] = [r.value ?? finis, null]
      else [out[1], dat[1]] = [r.value ?? finis, null]
    }
    return out
  }

  private *copy(input: Series, out: Series): Routine {
    for (;;) {
      yield* this.asked(out)
      yield* this.give(out, yield* this.get(input))
    }
  }

  /** Gives one term to both readers, whichever asks first, and starts the goroutine for the next term. */
  private *splitTerm(input: Series, [first, second]: Pair, turn: Chan<true>): Routine {
    const { $, go } = this.env
    let both = false
    let [near, far] = [first, second]
    const r = yield* $(select({ asked: recv(near.req), turn: recv(turn) }))
    if (r.case === 'turn') {
      both = true
      const who = yield* $(select({ near: recv(near.req), far: recv(far.req) }))
      if (who.case === 'far') [near, far] = [far, near]
    }
    yield* $(input.req.send(true))
    const release = this.env.chan<true>()
    go((a: Series, b: Series) => this.splitTerm(input, [a, b], release), near, far)
    const u = (yield* $(input.dat.recv())) ?? finis
    yield* this.give(near, u)
    if (!both) yield* $(turn.recv())
    yield* this.asked(far)
    yield* this.give(far, u)
    yield* $(release.send(true))
  }

  private *splitInto(input: Series, out: Pair): Routine {
    const release = this.env.chan<true>()
    this.env.go(() => this.splitTerm(input, out, release))
    yield* this.env.$(release.send(true))
  }

  private split(input: Series): Pair {
    const out: Pair = [this.make(), this.make()]
    this.env.go(() => this.splitInto(input, out))
    return out
  }

  constant(c: Rat): Series {
    const put = this.put.bind(this)
    return this.start(function* (out) {
      for (;;) yield* put(c, out)
    })
  }

  add(U: Series, V: Series): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        for (;;) {
          yield* this.asked(out)
          const [u, v] = yield* this.getBoth(U, V)
          if (!isEnd(u) && !isEnd(v)) yield* this.give(out, add(u, v))
          else if (isEnd(u) && isEnd(v)) yield* this.give(out, finis)
          else {
            yield* this.give(out, isEnd(u) ? v : u)
            yield* this.copy(isEnd(u) ? V : U, out)
          }
        }
      }.bind(this),
    )
  }

  times(c: Rat, U: Series): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        for (;;) {
          yield* this.asked(out)
          const u = yield* this.get(U)
          yield* this.give(out, isEnd(u) ? finis : mul(c, u))
          if (isEnd(u)) return
        }
      }.bind(this),
    )
  }

  sub(U: Series, V: Series): Series {
    return this.add(U, this.times(neg(one), V))
  }

  mul(U: Series, V: Series): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        yield* this.asked(out)
        const [u, v] = yield* this.getBoth(U, V)
        if (isEnd(u) || isEnd(v)) {
          yield* this.give(out, finis)
          return
        }
        yield* this.give(out, mul(u, v))
        const UU = this.split(U)
        const VV = this.split(V)
        const W = this.add(this.times(u, VV[0]), this.times(v, UU[0]))
        yield* this.asked(out)
        yield* this.give(out, yield* this.get(W))
        yield* this.copy(this.add(W, this.mul(UU[1], VV[1])), out)
      }.bind(this),
    )
  }

  diff(U: Series): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        yield* this.asked(out)
        yield* this.get(U)
        for (let i = 1; ; i++) {
          const u = yield* this.get(U)
          if (isEnd(u)) break
          yield* this.give(out, mul(rat(i), u))
          yield* this.asked(out)
        }
        yield* this.give(out, finis)
      }.bind(this),
    )
  }

  integ(c: Rat, U: Series): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        yield* this.put(c, out)
        for (let i = 1; ; i++) {
          yield* this.asked(out)
          const u = yield* this.get(U)
          yield* this.give(out, isEnd(u) ? finis : mul(rat(1, i), u))
          if (isEnd(u)) return
        }
      }.bind(this),
    )
  }

  exp(U: Series): Series {
    const Z: Pair = [this.make(), this.make()]
    const from = this.integ(one, this.mul(Z[0], this.diff(U)))
    this.env.go(() => this.splitInto(from, Z))
    return Z[1]
  }

  /** U(c x^n): the i-th term is multiplied by c^i and followed by n - 1 zeros. */
  monSubst(U: Series, c0: Rat, n: number): Series {
    return this.start(
      function* (this: Powser, out: Series): Routine {
        for (let c = one; ; c = mul(c, c0)) {
          yield* this.asked(out)
          const u = yield* this.get(U)
          if (isEnd(u)) return yield* this.give(out, finis)
          yield* this.give(out, mul(u, c))
          for (let i = 1; i < n; i++) yield* this.put(zero, out)
        }
      }.bind(this),
    )
  }
}

const N = 10

function series(
  name: string,
  make: (p: Powser, ones: Series, twos: Series) => Series,
  terms: (i: number) => Rat,
): void {
  inBothIdioms(
    `powser1.go ${name}`,
    function* (env) {
      const p = new Powser(env)
      const U = make(p, p.constant(one), p.constant(rat(2)))
      for (let i = 0; i < N; i++) expect(yield* p.get(U)).toEqual(terms(i))
    },
    { abandons: true },
  )
}

const EXP = [1, 1, [3, 2], [13, 6], [73, 24], [167, 40], [4051, 720], [37633, 5040], [43817, 4480], [4596553, 362880]]

series(
  'Ones',
  (_, ones) => ones,
  () => one,
)
series(
  'Add Ones Ones',
  (p, ones) => p.add(ones, ones),
  () => rat(2),
)
series(
  'Add Ones Twos',
  (p, ones, twos) => p.add(ones, twos),
  () => rat(3),
)
series(
  'Diff',
  (p, ones) => p.diff(ones),
  (i) => rat(i + 1),
)
series(
  'Integ',
  (p, ones) => p.integ(zero, ones),
  (i) => (i === 0 ? zero : rat(1, i)),
)
series(
  'CMul',
  (p, _, twos) => p.times(neg(one), twos),
  () => rat(-2),
)
series(
  'Sub Ones Twos',
  (p, ones, twos) => p.sub(ones, twos),
  () => rat(-1),
)
series(
  'Mul',
  (p, ones) => p.mul(ones, ones),
  (i) => rat(i + 1),
)
series(
  'Exp',
  (p, ones) => p.exp(ones),
  (i) => rat(...([EXP[i]].flat() as [number, number])),
)
series(
  'ATan',
  (p, ones) => p.integ(zero, p.monSubst(ones, neg(one), 2)),
  (i) => (i % 2 === 0 ? zero : rat(i % 4 === 1 ? 1 : -1, i)),
)
