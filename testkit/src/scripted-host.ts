/*
 * A host whose every callback waits until the test runs it: for tests that decide what happens next.
 *
 * Microtasks, macrotasks and timers are three lists. Nothing is taken from them but by the methods below, so a test may stop
 * anywhere, look at everything, and go on. Time moves when the test moves it, or by `step()` at each look.
 */

import type { HostShape } from './virtual-host.ts'

interface ScriptedTimer {
  readonly when: number
  readonly fn: () => void
}

export class ScriptedHost implements HostShape {
  readonly microtasks: (() => void)[] = []
  readonly macrotasks: (() => void)[] = []
  timers: ScriptedTimer[] = []
  readonly reported: unknown[] = []
  readonly deaths: { text: string; code: number }[] = []
  time = 0
  /** How far a look at the clock moves it. */
  step: () => number = () => 0.001
  random: () => number
  idle: () => void = () => {}
  exit: (code: number) => void = () => {}

  constructor(random: () => number) {
    this.random = random
  }

  now(): number {
    return (this.time += this.step())
  }

  wall(): number {
    return this.time
  }

  microtask(fn: () => void): void {
    this.microtasks.push(fn)
  }

  macrotask(fn: () => void): void {
    this.macrotasks.push(fn)
  }

  setTimer(fn: () => void, ms: number): ScriptedTimer {
    const timer = { when: this.time + ms, fn }
    this.timers.push(timer)
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

  setting(): undefined {
    return undefined
  }

  /** Runs one microtask, or, when there is none, one macrotask. Answers whether there was one. */
  runOne(): boolean {
    const task = this.microtasks.shift() ?? this.macrotasks.shift()
    task?.()
    return task !== undefined
  }

  /** Runs microtasks and macrotasks until there are none. */
  runAll(): void {
    while (this.runOne());
  }

  /** Moves the time to the earliest timer and fires it. Answers whether there was one. */
  fireTimer(): boolean {
    if (this.timers.length === 0) return false
    const first = this.timers.reduce((a, b) => (b.when < a.when ? b : a))
    this.clearTimer(first)
    this.time = Math.max(this.time, first.when)
    first.fn()
    return true
  }
}
