/*
 * One send or receive at a time, in every phrasing: plain or in a select, with or without default, among cases that are
 * never ready.
 *
 * Behaviours and names from Go's test/chan/select5.go (BSD-3-Clause, The Go Authors). Go writes a program of all the
 * phrasings and compiles it; here they are enumerated. What depends on Go's syntax, where a received value is
 * assigned to, is left out.
 */

import { nilChan, recv, select, send, trySelect, type Cases, type Chan } from '@gmp/chan'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

interface Phrasing {
  readonly blocking: boolean
  readonly dynamic: boolean
  /** Where the case that counts stands among the others. */
  readonly first: boolean
  readonly dummySend: boolean
  readonly dummyRecv: boolean
  readonly nilSend: boolean
  readonly nilRecv: boolean
}

function* phrasings(): Generator<Phrasing> {
  for (let bits = 0; bits < 128; bits++) {
    const bit = (n: number): boolean => ((bits >> n) & 1) === 1
    yield {
      blocking: bit(0),
      dynamic: bit(1),
      first: bit(2),
      dummySend: bit(3),
      dummyRecv: bit(4),
      nilSend: bit(5),
      nilRecv: bit(6),
    }
  }
}

interface World {
  readonly dummy: Chan<number>
  readonly nil: Chan<number>
  /** The order in which the cases were made. */
  readonly order: string[]
}

function world(env: Env): World {
  return { dummy: env.chan<number>(), nil: nilChan<number>(), order: [] }
}

/** The cases of a phrasing; `one` makes the case that can be ready, when there is one. */
function casesOf(p: Phrasing, { dummy, nil, order }: World, one: (() => Cases[string]) | null): Cases {
  const cases: Record<string, Cases[string]> = {}
  const add = (name: string, wanted: boolean, make: () => Cases[string]): void => {
    if (!wanted) return
    order.push(name)
    cases[name] = make()
  }
  if (one !== null) add('it', p.first, one)
  add('dummySend', p.dummySend, () => send(dummy, 1))
  add('dummyRecv', p.dummyRecv, () => recv(dummy))
  add('nilSend', p.nilSend, () => send(nil, 1))
  add('nilRecv', p.nilRecv, () => recv(nil))
  if (one !== null) add('it', !p.first, one)
  return cases
}

/** Does a select in the given phrasing, and tells which case it chose, by name. */
function* perform({ $ }: Env, p: Phrasing, cases: Cases) {
  if (!p.dynamic) return p.blocking ? yield* $(select(cases)) : trySelect(cases)
  const names = Object.keys(cases)
  const list = Object.values(cases)
  const r = p.blocking ? yield* $(select(list)) : trySelect(list)
  return { ...r, case: r.case === 'default' ? r.case : names[r.case] }
}

inBothIdioms('select5.go recv: what was sent is received, however the receive is put', function* (env) {
  let n = 0
  for (const p of phrasings()) {
    const c = env.chan<number>(1)
    yield* env.$(c.send(++n))
    expect(
      yield* perform(
        env,
        p,
        casesOf(p, world(env), () => recv(c)),
      ),
    ).toEqual({ case: 'it', ok: true, value: n })
  }
})

inBothIdioms('select5.go send: what is sent arrives, however the send is put', function* (env) {
  let n = 0
  for (const p of phrasings()) {
    const c = env.chan<number>(1)
    n++
    expect(
      yield* perform(
        env,
        p,
        casesOf(p, world(env), () => send(c, n)),
      ),
    ).toEqual({ case: 'it' })
    expect(yield* env.$(c.recv())).toBe(n)
  }
})

inBothIdioms(
  'select5.go recvOrder, sendOrder: every case is made once, in order, whichever is chosen',
  function* (env) {
    for (const p of phrasings()) {
      const c = env.chan<number>(1)
      const w = world(env)
      const cases = casesOf(p, w, () => send(c, 1))
      expect(w.order).toEqual(Object.keys(cases))
      yield* perform(env, p, cases)
      expect(w.order).toEqual(Object.keys(cases))
    }
  },
)

inBothIdioms('select5.go nonblock: with no case ready it is the default', function* (env) {
  for (const p of phrasings()) {
    if (p.blocking) continue
    expect(yield* perform(env, p, casesOf(p, world(env), null))).toEqual({ case: 'default' })
  }
})
