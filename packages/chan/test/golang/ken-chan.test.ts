/*
 * Chains of senders, receivers and selects of eight cases, over channels of several capacities.
 *
 * Behaviours and names from Go's test/ken/chan.go (BSD-3-Clause, The Go Authors).
 */

import { recv, select, send, type Chan } from '@gmp/chan'
import { gosched, type Park, type Routine } from '@gmp/core'
import { Random, type Handle } from 'testkit'
import { expect } from 'vitest'
import { inBothIdioms, type Env } from '../both-idioms.ts'

/** Values on one channel. */
const LENGTH = 76

/** A channel, and how far its sender and its receiver have come. */
class Line {
  /** Null once all is sent, or received. */
  sendTo: Chan<number> | null
  recvFrom: Chan<number> | null
  next: number
  private expected: number

  constructor(c: Chan<number> | null, first: number) {
    this.sendTo = c
    this.recvFrom = c
    this.next = first
    this.expected = first
  }

  /** The next value was sent. Answers whether it was the last. */
  sent(): boolean {
    if (++this.next % 100 < LENGTH) return false
    this.sendTo = null
    return true
  }

  /** `v` was received. Answers whether it was the last. */
  received(v: number | undefined): boolean {
    expect(v).toBe(this.expected)
    if (++this.expected % 100 < LENGTH) return false
    this.recvFrom = null
    return true
  }
}

class World {
  sends = 0
  receives = 0
  private base = 0
  private readonly env: Env
  private readonly random: Random
  private readonly running: Handle<Park, void>[] = []

  constructor(env: Env) {
    this.env = env
    this.random = new Random(env.seed)
  }

  lines(capacity: number, n: number): Line[] {
    return Array.from({ length: n }, () => new Line(this.env.chan(capacity), (this.base += 100)))
  }

  private *dawdle(most: number): Routine {
    for (let r = this.random.int(most); r >= 0; r--) yield* this.env.$(gosched())
  }

  send(lines: readonly Line[]): void {
    for (const line of lines) this.running.push(this.env.go(() => this.sender(line)))
  }

  private *sender(line: Line): Routine {
    for (let c = line.sendTo; c !== null; c = line.sendTo) {
      yield* this.dawdle(10)
      yield* this.env.$(c.send(line.next))
      this.sends++
      line.sent()
    }
  }

  recv(lines: readonly Line[]): void {
    for (const line of lines) this.running.push(this.env.go(() => this.receiver(line)))
  }

  private *receiver(line: Line): Routine {
    for (let c = line.recvFrom; c !== null; c = line.recvFrom) {
      yield* this.dawdle(10)
      line.received(yield* this.env.$(c.recv()))
      this.receives++
    }
  }

  /** One goroutine receives from some and sends on others, in one select; lines that are missing are nil. */
  select(from: readonly Line[], to: readonly Line[]): void {
    this.running.push(this.env.go(() => this.selecting(from, to)))
  }

  private *selecting(from: readonly Line[], to: readonly Line[]): Routine {
    const nil = new Line(null, 0)
    const four = (lines: readonly Line[]): Line[] => [0, 1, 2, 3].map((i) => lines[i] ?? nil)
    const ins = four(from)
    const outs = four(to)
    for (let open = from.length + to.length; open > 0;) {
      yield* this.dawdle(5)
      const cases = [...ins.map((line) => recv(line.recvFrom)), ...outs.map((line) => send(line.sendTo, line.next))]
      const r = yield* this.env.$(select(cases))
      if ('value' in r) {
        this.receives++
        if (ins[r.case]?.received(r.value) === true) open--
      } else {
        this.sends++
        if (outs[r.case - 4]?.sent() === true) open--
      }
    }
  }

  *wait(): Routine {
    for (const g of this.running.splice(0)) yield* this.env.$(g)
  }
}

for (const capacity of [0, 1, 10, 100]) {
  inBothIdioms(`ken/chan.go, capacity ${capacity}: everything that is sent is received, in order`, function* (env) {
    const w = new World(env)
    const a = w.lines(capacity, 4)
    w.send(a)
    w.recv(a)
    yield* w.wait()

    const b = w.lines(capacity, 4)
    w.send(b)
    w.select(b, [])
    yield* w.wait()

    const c = w.lines(capacity, 4)
    w.recv(c)
    w.select([], c)
    yield* w.wait()

    const d = w.lines(capacity, 4)
    w.select([], d)
    w.select(d, [])
    yield* w.wait()

    const e = w.lines(capacity, 8)
    w.select(e.slice(4), e.slice(0, 4))
    w.select(e.slice(0, 4), e.slice(4))
    yield* w.wait()

    const f = w.lines(capacity, 12)
    w.send(f.slice(4, 8))
    w.recv(f.slice(8))
    w.select(f.slice(4, 8), f.slice(0, 4))
    w.select(f.slice(0, 4), f.slice(8))
    yield* w.wait()

    const total = (4 * 4 + 8 + 12) * LENGTH
    expect([w.sends, w.receives]).toEqual([total, total])
  })
}
