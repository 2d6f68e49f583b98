/*
 * The dynamic select, and the operations that do not wait, against every mixture of channels.
 *
 * Behaviours and names from Go's src/reflect/all_test.go (BSD-3-Clause, The Go Authors). TestSelectMaxCases is turned
 * round: Go's reflect.Select has a limit of 65 536 cases, this select has none.
 */

import { afterFunc, nilChan, recv, select, send, trySelect, type Cases } from '@gmp/chan'
import { Panic, type Routine } from '@gmp/core'
import { Random } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

/** Runs through every sequence of choices that a program can make. */
class Exhaustive {
  private at = 0
  private readonly taken: { n: number; readonly of: number }[] = []
  private fresh = true

  /** Begins the next sequence; false when there is none. */
  next(): boolean {
    this.at = 0
    if (this.fresh) {
      this.fresh = false
      return true
    }
    for (let last = this.taken.at(-1); last !== undefined; last = this.taken.at(-1)) {
      if (++last.n < last.of) return true
      this.taken.pop()
    }
    return false
  }

  choose(of: number): number {
    let choice = this.taken[this.at++]
    if (choice === undefined) this.taken.push((choice = { n: 0, of }))
    if (choice.of !== of) throw new Error('the program does not choose the same way twice')
    return choice.n
  }

  maybe(): boolean {
    return this.choose(2) === 1
  }
}

/** One case of the select, and what to expect of it. */
interface Info {
  readonly desc: string
  /** Null: the default. */
  readonly made: Cases[string] | null
  canSelect: boolean
  readonly panics?: boolean
  /** What it gives when chosen, for a receive. */
  readonly gives?: { ok: boolean; value: unknown }
  /** Makes a blocked case go on. */
  readonly helper?: () => Routine<unknown>
}

/** The next set of cases. */
function makeInfos({ $, chan }: Env, x: Exhaustive): Info[] {
  const infos: Info[] = []
  let values = 0
  const value = (): unknown => (++values % 2 === 1 ? values : String(values))
  if (x.maybe()) infos.push({ desc: 'ready send', made: send(chan<unknown>(1), value()), canSelect: true })
  if (x.maybe()) {
    const c = chan<unknown>(1)
    const v = value()
    c.trySend(v)
    infos.push({ desc: 'ready recv', made: recv(c), canSelect: true, gives: { ok: true, value: v } })
  }
  if (x.maybe()) {
    const c = chan<unknown>()
    const blocked: Info = { desc: 'blocking send', made: send(c, value()), canSelect: false }
    infos.push(
      !x.maybe()
        ? blocked
        : {
            ...blocked,
            *helper() {
              yield* $(c.recv())
            },
          },
    )
  }
  if (x.maybe()) {
    const c = chan<unknown>()
    const v = value()
    const blocked: Info = { desc: 'blocking recv', made: recv(c), canSelect: false, gives: { ok: true, value: v } }
    infos.push(
      !x.maybe()
        ? blocked
        : {
            ...blocked,
            *helper() {
              yield* $(c.send(v))
            },
          },
    )
  }
  if (x.maybe())
    infos.push({ desc: 'zero Chan send', made: send<unknown>(null, x.maybe() ? 100 : undefined), canSelect: false })
  if (x.maybe()) infos.push({ desc: 'zero Chan recv', made: recv(undefined), canSelect: false })
  if (x.maybe()) infos.push({ desc: 'nil Chan send', made: send(nilChan<number>(), 101), canSelect: false })
  if (x.maybe()) infos.push({ desc: 'nil Chan recv', made: recv(nilChan<number>()), canSelect: false })
  if (x.maybe()) {
    const c = chan<number>()
    c.close()
    infos.push({ desc: 'closed Chan send', made: send(c, 101), canSelect: true, panics: true })
  }
  if (x.maybe()) {
    const c = chan<number>()
    c.close()
    infos.push({ desc: 'closed Chan recv', made: recv(c), canSelect: true, gives: { ok: false, value: undefined } })
  }
  return infos
}

function describe(infos: readonly Info[]): string {
  return infos
    .map(({ desc, canSelect, panics }, i) => `${i}: ${desc}${canSelect ? ' can' : ''}${panics ? ' panics' : ''}`)
    .join('\n')
}

inBothIdioms(
  'TestSelect: every mixture of ready, blocked, nil, absent and closed channels, with and without default',
  function* (env) {
    const { $ } = env
    const random = new Random(env.seed)
    const x = new Exhaustive()
    let mixtures = 0
    for (; x.next(); mixtures++) {
      let infos = makeInfos(env, x)
      const blocks = infos.every((info) => !info.canSelect)
      const helped = infos.filter((info) => info.helper !== undefined)
      let helper: Info['helper']
      if ((blocks && helped.length === 0) || x.maybe()) {
        infos.push({ desc: 'default', made: null, canSelect: blocks })
      } else if (blocks) {
        const one = helped[x.choose(helped.length)] as Info // Safety: choose(n) < n.
        one.canSelect = true
        helper = one.helper
      }
      infos = random.shuffled(infos)
      if (helper !== undefined) afterFunc(0.01, env.fn(helper))

      // Half of them by name, half by place.
      const named = random.chance(0.5)
      const places = infos.flatMap(({ made }, i) => (made === null ? [] : [i]))
      const list = infos.flatMap(({ made }) => (made === null ? [] : [made]))
      const cases = Object.fromEntries(list.map((one, k) => [`case ${places[k]}`, one]))
      const withDefault = list.length < infos.length
      let r: { readonly case: string | number; ok?: boolean; value?: unknown } | undefined
      let thrown: unknown
      try {
        if (withDefault) r = named ? trySelect(cases) : trySelect(list)
        else r = yield* named ? $(select(cases)) : $(select(list))
      } catch (error) {
        thrown = error
      }

      const choices = infos.filter((info) => info.canSelect)
      if (r === undefined) {
        expect(thrown, describe(infos)).toMatchObject({ code: 'GMP_CHAN_SEND_ON_CLOSED' })
        expect(thrown).toBeInstanceOf(Panic)
        expect(
          choices.some((info) => info.panics),
          describe(infos),
        ).toBe(true)
        continue
      }
      const key = r.case
      const chosen =
        key === 'default'
          ? infos.find((info) => info.made === null)
          : infos[typeof key === 'number' ? (places[key] ?? -1) : Number(key.slice('case '.length))]
      expect(choices, `chose ${String(key)} of\n${describe(infos)}`).toContain(chosen)
      expect(chosen?.panics, describe(infos)).toBeUndefined()
      expect(r, describe(infos)).toEqual({ case: key, ...chosen?.gives })
    }
    expect(mixtures).toBeGreaterThan(5000)
  },
)

inBothIdioms('TestSelectNop: a select with default alone is the default', function* () {
  expect(trySelect([])).toEqual({ case: 'default' })
  expect(trySelect({})).toEqual({ case: 'default' })
})

inBothIdioms('TestSelectMaxCases: 65 537 cases are no problem', function* ({ $, chan }) {
  const c = chan<number>()
  c.close()
  const one = recv(c)
  const r = yield* $(select(Array.from({ length: 65_537 }, () => one)))
  expect(r).toEqual({ case: r.case, ok: false, value: undefined })
})

inBothIdioms('TestChan: the operations that do not wait, beside those that do', function* ({ $, chan }) {
  const c = chan<number>(1)
  yield* $(c.send(2))
  expect(c.tryRecv()).toEqual({ ok: true, value: 2 })
  expect(c.tryRecv()).toBeUndefined()
  expect(c.trySend(4)).toBe(true)
  expect(c.trySend(5)).toBe(false)
  expect(yield* $(c.recv())).toBe(4)
  expect(c.trySend(6)).toBe(true)
  expect(yield* $(c.recvOk())).toEqual({ ok: true, value: 6 })
  yield* $(c.send(123))
  c.close()
  expect(c.tryRecv()).toEqual({ ok: true, value: 123 })
  expect(c.tryRecv()).toEqual({ ok: false, value: undefined })
  expect(yield* $(c.recvOk())).toEqual({ ok: false, value: undefined })

  const unbuffered = chan<number>(0)
  expect(unbuffered.trySend(7)).toBe(false)
  expect(unbuffered.tryRecv()).toBeUndefined()

  const ten = chan<number>(10)
  for (let i = 0; i < 3; i++) yield* $(ten.send(i))
  expect([ten.len, ten.cap]).toEqual([3, 10])
})
