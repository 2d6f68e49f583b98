/*
 * Timers and tickers: Go's time.Timer, time.Ticker, After, Tick and AfterFunc.
 */

import type { GoFn } from '@gmp/core'
import { badDuration, go, rt, TimerEntry, timers } from './runtime.ts'
import { Chan, nilChan, type RecvChan } from './chan.ts'
import { badInterval, notFunction } from './errors.ts'
import { TimerSource } from './timer-chan.ts'

function duration(what: string, ms: number): number {
  if (typeof ms !== 'number' || Number.isNaN(ms)) throw badDuration(what, ms)
  return ms
}

/** What a Timer drives: a channel, or a function. */
interface Alarm {
  reset(ms: number, period: number): boolean
  stop(): boolean
}

/** Runs a function in its own goroutine when due: the alarm of afterFunc(). */
class FuncAlarm extends TimerEntry implements Alarm {
  private readonly fn: GoFn<[], unknown>

  constructor(fn: GoFn<[], unknown>) {
    super()
    this.fn = fn
  }

  reset(ms: number): boolean {
    const active = this.stop()
    timers().add(this, rt.host.now() + Math.max(ms, 0))
    return active
  }

  stop(): boolean {
    const active = this.pos >= 0
    timers().remove(this)
    return active
  }

  fire(): void {
    go(this.fn)
  }
}

/**
 * Sends the time once on its channel `c`, `ms` milliseconds from now. The Date is when it was due.
 *
 * It holds Go 1.23's guarantees: after stop() or reset() returns, no earlier tick can be received; `c` shows length and
 * capacity 0; a timer nobody waits on is no reason for the program to stay alive, and one nobody refers to is collected
 * without stop().
 *
 * **Throws** a Panic with code `GMP_CORE_BAD_DURATION` when `ms` is not a number.
 */
export class Timer {
  /** Receives the tick. Of a timer made by afterFunc() it is a nil channel. */
  readonly c: RecvChan<Date>
  readonly #alarm: Alarm

  constructor(ms: number)
  constructor(ms: number, fn?: GoFn<[], unknown>) {
    const d = duration('a Timer', ms)
    if (fn === undefined) {
      const source = new TimerSource()
      this.#alarm = source
      this.c = new Chan<Date>(source.channel)
    } else {
      this.#alarm = new FuncAlarm(fn)
      this.c = nilChan<Date>()
    }
    this.#alarm.reset(d, 0)
  }

  /**
   * Stops the timer. Answers whether that kept it from firing: true also when its tick had not been received. For
   * afterFunc(), false means that the function was started; stop() does not wait for it.
   */
  stop(): boolean {
    return this.#alarm.stop()
  }

  /** Makes it fire `ms` milliseconds from now, once. Answers what stop() would have. */
  reset(ms: number): boolean {
    return this.#alarm.reset(duration('Timer.reset', ms), 0)
  }
}

/**
 * Sends the time on its channel `c` every `ms` milliseconds. Ticks a slow receiver misses are dropped. stop() ends it,
 * and does not close the channel.
 *
 * **Throws** a Panic `non-positive interval for NewTicker` unless `ms` is positive.
 */
export class Ticker {
  readonly c: RecvChan<Date>
  readonly #source: TimerSource

  constructor(ms: number) {
    if (duration('a Ticker', ms) <= 0) throw badInterval('NewTicker')
    this.#source = new TimerSource()
    this.c = new Chan<Date>(this.#source.channel)
    this.#source.reset(ms, ms)
  }

  /** Ends the ticks; none of before can be received. */
  stop(): void {
    this.#source.stop()
  }

  /** Stops it and starts it with a new period. */
  reset(ms: number): void {
    if (duration('Ticker.reset', ms) <= 0) throw badInterval('Ticker.Reset')
    this.#source.reset(ms, ms)
  }
}

/**
 * A channel that receives the time after `ms` milliseconds: `new Timer(ms).c`.
 *
 * @example
 * ```ts
 * const r = await select({ msg: recv(chan<string>()), timeout: recv(after(2 * Millisecond)) })
 * console.log(r.case) // => timeout
 * ```
 */
export function after(ms: number): RecvChan<Date> {
  return new Timer(ms).c
}

/** A channel that receives the time every `ms` milliseconds; a nil channel unless `ms` is positive. */
export function tick(ms: number): RecvChan<Date> {
  return duration('tick', ms) <= 0 ? nilChan<Date>() : new Ticker(ms).c
}

/**
 * Starts `fn` as a goroutine after `ms` milliseconds, unless the timer it returns is stopped before.
 *
 * **Throws** a Panic with code `GMP_CORE_NOT_A_FUNCTION` when `fn` is no function.
 */
export function afterFunc(ms: number, fn: GoFn<[], unknown>): Timer {
  if (typeof fn !== 'function') throw notFunction('afterFunc', fn)
  // The second parameter is this package's own.
  return new (Timer as new (ms: number, fn: GoFn<[], unknown>) => Timer)(ms, fn)
}
