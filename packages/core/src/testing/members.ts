/*
 * The goroutines of a bubble, and how each of them waits.
 *
 * States    of a member: AWAKE | BLOCKED, parked durably | LOOSE, parked in another way, or an async function: looked at anew
 *           each time.
 *
 * Invariants  (verify)
 *   [bubble-1]  A member is AWAKE exactly when its status is runnable or running.
 *   [bubble-2]  `awake` counts the members that are AWAKE; `loose` holds those that are LOOSE.
 */

import { fatal } from '../errors.ts'
import type { G } from '../g.ts'
import { createdBy } from '../stacks.ts'
import { RUNNABLE, RUNNING } from '../status.ts'
import type { Waiter } from '../waiter.ts'
import type { Bubble } from './bubble.ts'
import { DURABLE, PROMISE, waitOf } from './durable.ts'
import type { Candidate } from './schedule.ts'

const AWAKE = 0
const BLOCKED = 1
const LOOSE = 2

/** A goroutine of the bubble. @internal */
export class Member implements Candidate {
  readonly g: G
  state: number = AWAKE
  /** The activity that made it runnable. */
  since: number
  /** It is an async function that has been started. */
  async = false
  /** The operations that async code of it has under way, and some that are over. */
  readonly waits = new Set<Waiter>()

  constructor(g: G, since: number) {
    this.g = g
    this.since = since
  }
}

/** @internal */
export class Members {
  private readonly bubble: Bubble
  private readonly list = new Map<G, Member>()
  /** The ids of all that were ever members. */
  private readonly started = new Set<number>()
  private awake = 0
  private readonly loose = new Set<Member>()

  constructor(bubble: Bubble) {
    this.bubble = bubble
  }

  get size(): number {
    return this.list.size
  }

  /** Nobody runs or is runnable. */
  get asleep(): boolean {
    return this.awake === 0
  }

  /** Nobody's wait is to be looked at anew. */
  get settled(): boolean {
    return this.loose.size === 0
  }

  get(g: G): Member | undefined {
    return this.list.get(g)
  }

  has(g: G): boolean {
    return this.list.has(g)
  }

  /** Whether the goroutine with this id is or was a member. */
  knew(id: number): boolean {
    return this.started.has(id)
  }

  add(g: G): void {
    this.list.set(g, new Member(g, this.bubble.activity))
    this.started.add(g.id)
    this.awake++
  }

  parks(g: G): void {
    const member = this.list.get(g)
    if (member === undefined) return
    // The start of an async function is told as a park on nothing.
    member.async = g.op === null
    const durable = g.op !== null && waitOf(this.bubble, g.op) === DURABLE
    this.move(member, durable ? BLOCKED : LOOSE)
  }

  readies(g: G): void {
    const member = this.list.get(g)
    if (member !== undefined) this.move(member, AWAKE)
  }

  ends(g: G): void {
    const member = this.list.get(g)
    if (member === undefined) return
    this.move(member, BLOCKED)
    this.list.delete(g)
  }

  private move(member: Member, state: number): void {
    if (member.state === AWAKE) this.awake--
    else if (member.state === LOOSE) this.loose.delete(member)
    member.state = state
    if (state === AWAKE) {
      this.awake++
      member.since = this.bubble.activity
    } else if (state === LOOSE) this.loose.add(member)
    this.bubble.happened()
  }

  killAll(reason: unknown): void {
    // One that ends leaves the list, which a walk allows.
    for (const g of this.list.keys()) g.kill(reason)
  }

  /** Whose operation was completed just now. */
  justServed(): G | null {
    for (const member of this.list.values()) {
      for (const w of member.waits) {
        if (w.owner !== null || w.resolve !== null) continue
        member.waits.delete(w)
        return member.g
      }
    }
    return null
  }

  /** How they wait, together. */
  wait(): number {
    let worst = DURABLE
    for (const member of this.loose) worst = Math.max(worst, this.waitOfMember(member))
    return worst
  }

  /** Some but those in `known` wait for promises, so that code no schedule knows of may be about to go on. */
  adrift(known: (g: G) => boolean): boolean {
    for (const { g, waits } of this.loose) {
      if (g.op !== null) {
        if (waitOf(this.bubble, g.op) === PROMISE) return true
      } else if (!known(g) && !Array.from(waits).some((w) => w.owner !== null)) return true
    }
    return false
  }

  private waitOfMember(member: Member): number {
    const { g, waits } = member
    if (g.op !== null) return waitOf(this.bubble, g.op)
    let worst = DURABLE
    let any = false
    for (const w of waits) {
      if (w.owner === null) {
        waits.delete(w)
        continue
      }
      any = true
      worst = Math.max(worst, waitOf(this.bubble, w))
    }
    return any ? worst : PROMISE
  }

  /** The dump of all. */
  stacks(): string {
    const dump = [...this.list.values()].map((member) => {
      const { g } = member
      const state = `${this.stateOf(member)}, synctest bubble ${this.bubble.id}`
      return `goroutine ${g.id} [${state}]:\n${g.name || 'func'}(...)${createdBy(g)}\n`
    })
    return dump.join('\n')
  }

  private stateOf(member: Member): string {
    const { g, waits } = member
    if (member.state === AWAKE) return g.status
    const wait = this.waitOfMember(member)
    const reason = member.async ? ([...waits][0]?.kind.reason ?? 'await') : g.waitReason
    return wait === DURABLE ? `${reason} (durable)` : reason
  }

  /** Throws when an invariant does not hold. */
  verify(): void {
    let awake = 0
    for (const member of this.list.values()) {
      const { status } = member.g
      const active = status === RUNNABLE || status === RUNNING
      if (active !== (member.state === AWAKE))
        fatal(`[bubble-1] goroutine ${member.g.id} is ${status} and its state ${member.state}`)
      if (active) awake++
      if (this.loose.has(member) !== (member.state === LOOSE)) fatal(`[bubble-2] goroutine ${member.g.id} is lost`)
    }
    if (awake !== this.awake) fatal(`[bubble-2] ${awake} are awake, ${this.awake} counted`)
  }
}
