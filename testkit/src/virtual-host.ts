/*
 * A host whose time is virtual and whose choices come from a seed.
 *
 * Time      now() moves by a fixed step at every look, so that work takes time and slices end; and when the program has
 *           nothing left to do it jumps to the next timer. So a test of an hour's sleep takes no time and gives the same
 *           answer on any machine.
 *
 * Idle      The program is taken to be idle after several rounds of the real event loop in which nobody asked the host
 *           for anything: promises have settled by then, and real I/O is not what these tests wait for.
 *
 * Depends on no package: HostShape is the structural part of core's Host that it implements.
 */

/** The host interface of @gmp/core, by shape. */
export interface HostShape {
  now(): number
  wall(): number
  random(): number
  microtask(fn: () => void): void
  macrotask(fn: () => void): void
  setTimer(fn: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  report(error: unknown): void
  capture(): null
  detached(fn: () => void): void
  onEnd(idle: () => void, exit: (code: number) => void): void
  die(text: string, code: number): void
  setting(name: string): string | undefined
}

interface VirtualTimer {
  readonly when: number
  readonly order: number
  readonly fn: () => void
}

export interface VirtualOptions {
  /** The stream of random numbers; required, so that a test says where its choices come from. */
  readonly random: () => number
  /** How far a look at the clock moves it, in ms. */
  readonly step?: number
  readonly settings?: Record<string, string>
}

/** Rounds of the real event loop without a request before the clock jumps. */
const IDLE_ROUNDS = 3

/** 2000-01-01 UTC, where Go's synctest bubbles begin. */
const EPOCH = 946_684_800_000

export class VirtualHost implements HostShape {
  /** What was reported as uncaught. */
  readonly reported: unknown[] = []
  /** What the program died of. */
  readonly deaths: { text: string; code: number }[] = []
  readonly random: () => number
  idle: () => void = () => {}
  exit: (code: number) => void = () => {}
  private time = 0
  private order = 0
  private timers: VirtualTimer[] = []
  private requests = 0
  private pumping = false
  private readonly step: number
  private readonly settings: Record<string, string>

  constructor({ random, step = 0.001, settings = {} }: VirtualOptions) {
    this.random = random
    this.step = step
    this.settings = settings
  }

  /** The virtual time, without moving it. */
  get elapsed(): number {
    return this.time
  }

  /** How many timers are set. */
  get pending(): number {
    return this.timers.length
  }

  now(): number {
    this.requests++
    return (this.time += this.step)
  }

  wall(): number {
    return EPOCH + this.time
  }

  microtask(fn: () => void): void {
    this.requests++
    queueMicrotask(fn)
  }

  macrotask(fn: () => void): void {
    this.requests++
    setImmediate(() => {
      this.requests++
      fn()
    })
  }

  setTimer(fn: () => void, ms: number): VirtualTimer {
    this.requests++
    const timer = { when: this.time + ms, order: this.order++, fn }
    this.timers.push(timer)
    if (!this.pumping) this.pump()
    return timer
  }

  clearTimer(timer: unknown): void {
    this.timers = this.timers.filter((t) => t !== timer)
  }

  report(error: unknown): void {
    this.reported.push(error)
  }

  capture(): null {
    return null
  }

  detached(fn: () => void): void {
    fn()
  }

  onEnd(idle: () => void, exit: (code: number) => void): void {
    this.idle = idle
    this.exit = exit
  }

  die(text: string, code: number): void {
    this.deaths.push({ text, code })
  }

  setting(name: string): string | undefined {
    return this.settings[name]
  }

  /** Watches for idleness while there are timers. */
  private pump(): void {
    this.pumping = true
    let seen = this.requests
    let quiet = 0
    const round = (): void => {
      if (this.timers.length === 0) {
        this.pumping = false
        return
      }
      quiet = this.requests === seen ? quiet + 1 : 0
      seen = this.requests
      if (quiet >= IDLE_ROUNDS) {
        quiet = 0
        this.fireNext()
      }
      setImmediate(round)
    }
    setImmediate(round)
  }

  private fireNext(): void {
    const next = this.timers.reduce((a, b) => (b.when < a.when || (b.when === a.when && b.order < a.order) ? b : a))
    this.clearTimer(next)
    this.time = Math.max(this.time, next.when)
    next.fn()
  }
}
