/*
 * Sequential models of the types whose calls may wait: plain lists, obvious and slow.
 */

import type { Op, WaitOptions } from '@gmp/core'
import { Cond, Mutex, Once, RWMutex, Semaphore, WaitGroup } from '@gmp/sync'
import { checkAny } from './both-idioms.ts'
import { DONE, LATER, Model, type Kind } from './programs.ts'

const without = (list: readonly number[], gs: readonly number[]): number[] => list.filter((g) => !gs.includes(g))

/** Whoever runs may be quicker than the one that was woken, who then is the first of the queue again. */
class ModelMutex extends Model {
  locked = false
  queue: number[] = []
  woken: number | undefined

  perform(step: string, g: number) {
    if (step === 'unlock') {
      if (!this.locked) return 'sync: unlock of unlocked mutex'
      this.locked = false
      this.serve()
      return 'unlocked'
    }
    if (step === 'try') {
      if (this.locked) return 'no'
      this.locked = true
      return 'ok'
    }
    if (!this.locked && this.done(g) === DONE) {
      this.locked = true
      return DONE
    }
    // Also where its slice ends.
    this.queue.push(g)
    this.serve()
    return undefined
  }
  /** Wakes the first; code that awaits is handed the mutex. */
  private serve(): void {
    if (this.locked || this.woken !== undefined) return
    const g = this.queue.shift()
    if (g !== undefined && this.outside(g)) this.grant(g)
    else this.woken = g
  }
  private grant(g: number): void {
    this.locked = true
    this.granted.push(g)
  }
  override get trying(): number | undefined {
    return this.woken
  }
  override try(): void {
    const g = this.woken as number // Safety: somebody is.
    this.woken = undefined
    if (this.locked) this.queue.unshift(g)
    else this.grant(g)
  }
  cancel(gs: readonly number[]): void {
    this.queue = without(this.queue, gs)
    if (this.woken !== undefined && gs.includes(this.woken)) this.woken = undefined
    this.serve()
  }
  state(): string {
    return `${this.locked}`
  }
}

const word = (result: unknown): string => (result === undefined ? 'no' : 'ok')

export const mutex: Kind = {
  model: ModelMutex,
  undo: { lock: 'unlock', try: 'unlock' },
  real() {
    const mu = new Mutex()
    return {
      perform(step, options) {
        if (step === 'lock') return mu.lock(options)
        if (step === 'try') return word(mu.tryLock())
        mu.unlock()
        return 'unlocked'
      },
      state: () => `${mu.tryLock() === undefined}`,
      check: () => void checkAny(mu),
    }
  },
}

/** A writer that waits keeps readers out; one that is done, or gives up, lets those in. */
class ModelRW extends Model {
  writing = false
  readers = 0
  writersWait: number[] = []
  readersWait: number[] = []

  perform(step: string, g: number) {
    const open = !this.writing && this.writersWait.length === 0
    switch (step) {
      case 'lock':
      case 'try':
        if (open && this.readers === 0) {
          this.writing = true
          return step === 'try' ? 'ok' : this.done(g)
        }
        if (step === 'try') return 'no'
        this.writersWait.push(g)
        return undefined
      case 'rlock':
      case 'rtry':
        if (open) {
          this.readers++
          return step === 'rtry' ? 'ok' : this.done(g)
        }
        if (step === 'rtry') return 'no'
        this.readersWait.push(g)
        return undefined
      case 'unlock':
        if (!this.writing) return 'sync: Unlock of unlocked RWMutex'
        this.writing = false
        this.pass()
        return 'unlocked'
      default:
        if (this.readers === 0) return 'sync: RUnlock of unlocked RWMutex'
        this.readers--
        this.writer()
        return 'unlocked'
    }
  }
  /** A writer is gone: first all readers, then the next. */
  private pass(): void {
    this.readers += this.readersWait.length
    this.granted.push(...this.readersWait.splice(0))
    this.writer()
  }
  private writer(): void {
    const g = this.readers > 0 || this.writing ? undefined : this.writersWait.shift()
    if (g === undefined) return
    this.writing = true
    this.granted.push(g)
  }
  cancel(gs: readonly number[]): void {
    const [first] = this.writersWait
    this.writersWait = without(this.writersWait, gs)
    this.readersWait = without(this.readersWait, gs)
    if (!this.writing && first !== undefined && gs.includes(first)) this.pass()
  }
  state(): string {
    return `${this.writing} ${this.readers}`
  }
}

export const rwmutex: Kind = {
  model: ModelRW,
  undo: { lock: 'unlock', try: 'unlock', rlock: 'runlock', rtry: 'runlock' },
  real() {
    const mu = new RWMutex()
    return {
      perform(step, options) {
        if (step === 'lock') return mu.lock(options)
        if (step === 'rlock') return mu.rlock(options)
        if (step === 'try') return word(mu.tryLock())
        if (step === 'rtry') return word(mu.tryRlock())
        if (step === 'unlock') mu.unlock()
        else mu.runlock()
        return 'unlocked'
      },
      state: () => `${mu.writing} ${mu.readers}`,
      check: () => void checkAny(mu),
    }
  },
}

/** Strictly first come first served, of two. */
class ModelSemaphore extends Model {
  free = 2
  queue: [g: number, n: number][] = []

  perform(step: string, g: number) {
    const n = Number(step.slice(-1))
    if (step.startsWith('release')) {
      if (this.free + n > 2) return 'semaphore: released more than held'
      this.free += n
      this.serve()
      return 'released'
    }
    if (n <= this.free && this.queue.length === 0) {
      this.free -= n
      return step.startsWith('try') ? 'ok' : this.done(g)
    }
    if (step.startsWith('try')) return 'no'
    if (n <= 2) this.queue.push([g, n])
    return undefined
  }
  private serve(): void {
    for (let first = this.queue[0]; first !== undefined && first[1] <= this.free; first = this.queue[0]) {
      this.queue.shift()
      this.free -= first[1]
      this.granted.push(first[0])
    }
  }
  cancel(gs: readonly number[]): void {
    this.queue = this.queue.filter(([g]) => !gs.includes(g))
    this.serve()
  }
  state(): string {
    return `${this.free}`
  }
}

export const semaphore: Kind = {
  model: ModelSemaphore,
  undo: { acquire1: 'release1', acquire2: 'release2', try1: 'release1', try2: 'release2' },
  real() {
    const sem = new Semaphore(2)
    return {
      perform(step, options) {
        const n = Number(step.slice(-1))
        if (step.startsWith('acquire')) return sem.acquire(n, options)
        if (step.startsWith('try')) return word(sem.tryAcquire(n))
        sem.release(n)
        return 'released'
      },
      state: () => `${sem.size - sem.used}`,
      check: () => void checkAny(sem),
    }
  },
}

class ModelWaitGroup extends Model {
  counter = 0
  queue: number[] = []

  perform(step: string, g: number) {
    if (step === 'wait') {
      if (this.counter === 0) return this.done(g)
      this.queue.push(g)
      return undefined
    }
    const counter = this.counter + (step === 'add' ? 1 : -1)
    if (counter < 0) return 'sync: negative WaitGroup counter'
    this.counter = counter
    if (counter === 0) this.granted.push(...this.queue.splice(0))
    return 'added'
  }
  override returns(): string {
    return this.counter === 0 ? 'ok' : 'sync: WaitGroup is reused before previous Wait has returned'
  }
  cancel(gs: readonly number[]): void {
    this.queue = without(this.queue, gs)
  }
  state(): string {
    return `${this.counter}`
  }
}

export const waitGroup: Kind = {
  model: ModelWaitGroup,
  undo: {},
  real() {
    const wg = new WaitGroup()
    return {
      perform(step, options) {
        if (step === 'wait') return wg.wait(options)
        if (step === 'add') wg.add(1)
        else wg.done()
        return 'added'
      },
      state: () => `${wg.counter}`,
      check: () => void checkAny(wg),
    }
  },
}

/** do() runs until a `finish`, and some turns longer; it runs on when nobody waits any more. */
class ModelOnce extends Model {
  readonly states = ['new', 'running', 'over'] as const
  at = 0
  finished = false
  queue: number[] = []

  perform(step: string, g: number) {
    if (step === 'finish') {
      if (this.at !== 1 || this.finished) return 'nothing to finish'
      this.finished = true
      return 'finished'
    }
    if (this.at === 2) return this.done(g)
    this.at = 1
    this.queue.push(g)
    return undefined
  }
  override get acts(): boolean {
    return this.finished && this.at === 1
  }
  override act(): void {
    this.at = 2
    this.granted.push(...this.queue.splice(0))
  }
  cancel(gs: readonly number[]): void {
    this.queue = without(this.queue, gs)
  }
  state(): string {
    return this.states[this.at] ?? ''
  }
}

export const once: Kind = {
  model: ModelOnce,
  undo: {},
  real() {
    const it = new Once()
    // A promise would be settled when it likes; this one is up to the schedule.
    const gate = new Mutex()
    gate.tryLock()
    let finished = false
    let calls = 0
    return {
      perform(step, options) {
        if (step === 'do') {
          return it.do(function* () {
            calls++
            yield* gate.lock()
          }, options)
        }
        if (it.state !== 1 || finished) return 'nothing to finish'
        finished = true
        gate.unlock()
        return 'finished'
      },
      end() {
        if (!finished) gate.unlock()
      },
      state: () => ['new', 'running', 'over'][it.state] ?? '',
      check() {
        checkAny(it)
        if (calls > 1) throw new Error('called twice')
      },
    }
  },
}

/** Who was woken by a signal and is killed before it runs leaves that to the next. Behind that it locks, where it may be interrupted. */
class ModelCond extends Model {
  queue: number[] = []
  signaled = new Set<number>()

  perform(step: string, g: number) {
    if (step === 'wait') {
      this.queue.push(g)
      return undefined
    }
    const waiting = this.queue.length
    const woken = this.queue.splice(0, step === 'signal' ? 1 : waiting)
    if (step === 'signal') for (const one of woken) this.signaled.add(one)
    this.granted.push(...woken)
    return `wakes of ${waiting}`
  }
  override returns(g: number): string | typeof LATER {
    return this.done(g) === DONE ? 'ok' : LATER
  }
  override knows(g: number): void {
    this.signaled.delete(g)
  }
  override unwinds(g: number): void {
    if (this.signaled.delete(g)) this.perform('signal', g)
    this.cancel([g])
  }
  cancel(gs: readonly number[]): void {
    this.queue = without(this.queue, gs)
  }
  state(): string {
    return `${this.queue.length}`
  }
}

/** On a lock that is always free, so that only the queue of the Cond is looked at. */
export const cond: Kind = {
  model: ModelCond,
  undo: {},
  real() {
    const mu = new RWMutex()
    for (let i = 0; i < 8; i++) mu.tryRlock()
    const it = new Cond(mu.rlocker())
    return {
      perform(step, options: WaitOptions | undefined): Op<unknown> | string {
        if (step === 'wait') return it.wait(options)
        // Without it nobody could tell a signal that was lost from one that came too early.
        const waiting = checkAny(it)
        if (step === 'signal') it.signal()
        else it.broadcast()
        return `wakes of ${waiting}`
      },
      state: () => `${checkAny(it)}`,
      check: () => void checkAny(it),
    }
  },
}
