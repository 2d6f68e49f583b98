import { ChanModel, ModelChan, outcomes } from 'testkit'
import { describe, expect, test } from 'vitest'

describe('outcomes()', () => {
  test('takes every sequence of choices once', () => {
    const seen: string[] = []
    const found = outcomes((choose) => {
      const a = choose(3)
      seen.push(a === 1 ? `${a}${choose(2)}` : String(a))
      return a
    })
    expect(seen).toEqual(['0', '10', '11', '2'])
    expect(found).toEqual(new Set([0, 1, 2]))
  })

  test('runs a model without a choice once', () => {
    let runs = 0
    expect(outcomes(() => ++runs)).toEqual(new Set([1]))
  })

  test('refuses a model that is too large, or not deterministic, or chooses among nothing', () => {
    expect(() => outcomes((choose) => { for (let i = 0; i < 20; i++) choose(2) }, 100)).toThrow('more than 100 runs') // prettier-ignore
    let width = 3
    expect(() => outcomes((choose) => { choose(width--); choose(2) })).toThrow('not deterministic') // prettier-ignore
    expect(() => outcomes((choose) => choose(0))).toThrow('a choice among nothing')
  })
})

describe('the channel model', () => {
  const cases = (channel: ModelChan, isSend: boolean, value = 0) => [{ channel, sends: isSend, value }]

  test('an unbuffered send meets its receive, first come first served', () => {
    const ch = new ModelChan(0)
    const model = new ChanModel([ch])
    expect(model.ready(cases(ch, true))).toEqual([])
    model.park(1, cases(ch, true, 11))
    model.park(2, cases(ch, true, 12))
    expect(model.perform(cases(ch, false), 0)).toEqual({ how: 'received', case: 0, ok: true, value: 11 })
    expect(model.served).toEqual([{ id: 1, outcome: { how: 'sent', case: 0 } }])
  })

  test('a full buffer keeps its order when a parked sender moves up', () => {
    const ch = new ModelChan(1)
    const model = new ChanModel([ch])
    model.perform(cases(ch, true, 1), 0)
    model.park(7, cases(ch, true, 2))
    expect(model.perform(cases(ch, false), 0)).toMatchObject({ value: 1 })
    expect(model.perform(cases(ch, false), 0)).toMatchObject({ value: 2 })
  })

  test('closing gives what is buffered, then the end; parked senders panic', () => {
    const [full, empty] = [new ModelChan(1), new ModelChan(0)]
    const model = new ChanModel([full, empty])
    model.perform(cases(full, true, 1), 0)
    model.park(7, cases(full, true, 2))
    expect(model.close(full)).toBe(undefined)
    expect(model.served).toEqual([{ id: 7, outcome: { how: 'panic', text: 'send on closed channel' } }])
    expect(model.perform(cases(full, false), 0)).toMatchObject({ ok: true, value: 1 })
    expect(model.perform(cases(full, false), 0)).toMatchObject({ ok: false })
    expect(model.close(full)).toBe('close of closed channel')
  })

  test('a select that is served leaves every queue, and does not meet itself', () => {
    const [a, b] = [new ModelChan(0), new ModelChan(0)]
    const model = new ChanModel([a, b])
    const both = [...cases(a, false), ...cases(b, false), ...cases(a, true, 5)]
    expect(model.ready(both)).toEqual([])
    model.park(3, both)
    model.perform(cases(b, true, 9), 0)
    expect(model.served).toEqual([{ id: 3, outcome: { how: 'received', case: 1, ok: true, value: 9 } }])
    expect([a.sendq, a.recvq, b.recvq]).toEqual([[], [], []])
  })

  test('what is not ready cannot be performed, and what is ready cannot park', () => {
    const ch = new ModelChan(1)
    const model = new ChanModel([ch])
    expect(() => model.perform(cases(ch, false), 0)).toThrow('not ready')
    expect(() => model.park(1, cases(ch, true))).toThrow('a case is ready')
    expect(() => model.perform([{ channel: null, sends: true }], 0)).toThrow('not ready')
  })
})
