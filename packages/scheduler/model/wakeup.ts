/*
 * A model of who wakes whom: src/waking.ts, steal.ts, idle.ts, m.ts and sysmon.ts, as small processes for explore.ts.
 *
 * What      One thread that submits tasks and never runs any, a few Ms and Ps, and sysmon. A step is one access to shared memory that
 *           somebody else looks at, or what the scheduler's lock makes one. Steps are named after what they model; the
 *           letter in front says where: S submitter, W wakeP, Q anyQueued, B a thread comes up, R receiveP, F findWork,
 *           L releaseP, Z stopSpinning, G a task was found, X user code, K blocking(), A awaitP, E rest and look,
 *           N nap, Y a resident without a P, T sysmon, H handOffP, D dropP.
 *
 * Time      does not exist: a thread may stand still between any two of its steps for as long as it likes, and sysmon may find that any
 *           P has not moved for 10 ms. User code ends, or never does: a task that is stuck is what makes a lost wake-up
 *           count, for nobody else will come by.
 *
 * Good      Every task has been started, and whoever is not stuck listens, in an idle list, with all counters at 0.
 *
 * Mutations Each breaks one line of the protocol, and explore() must find that (test/wakeup.model.test.ts).
 *
 * Left out  Rings are numbers of tasks: who is where in them is p.ts's, and its tests'. One round of stealing stands for four. Which
 *           of several idle Ms or Ps is taken is open, and so is who is first in the global queue. An import is user code.
 *           The turns of 61, for they only choose among what is there. Dying threads, gomaxprocs(), patience, inboxes, QUIET.
 */

import type { Choose, Model, State } from './explore.ts'
import { STEPS as OTHERS, type Step } from './wakeup-steps.ts'
import { SYSMON_STEPS } from './wakeup-sysmon.ts'
import {
  type Global,
  ASLEEP,
  ASLEEP_LIST,
  AT,
  CALLED,
  FIRST,
  GLOBALS,
  IDLE,
  LIMBO,
  LIST,
  LISTENING,
  MY_P,
  M_BYTES,
  M_SPINNING,
  NEXT_P,
  NO,
  OWNER,
  PC,
  P_BYTES,
  REGISTERS,
  RET,
  RUNTIME,
  SAVED,
  SEEN,
  SPINS,
  STAND_IN,
  STATE,
  SYSMON,
  TASKS,
  THE_M,
  THE_P,
  USER,
  WAITS,
  WORD,
  YES,
  G,
} from './wakeup-words.ts'

/** What one exploration has. */
export interface Setting {
  readonly ms: number
  readonly ps: number
  /** How many of the Ms are up and idle from the start; the others come when they are ordered. */
  readonly up?: number
  /** How often sysmon takes a P from a thread that is only slow; one that is stuck or blocks loses it anyway. */
  readonly slow?: number
  /** Tasks that the main thread submits. */
  readonly tasks: number
  /** Tasks that tasks or residents submit. */
  readonly children?: number
  /** How many tasks or residents never end. */
  readonly stuck?: number
  /** How often a thread that listens has a turn of a resident. */
  readonly residents?: number
  readonly blockingCalls?: number
  /** Whether threads sleep with their event loop stopped, first. */
  readonly naps?: boolean
  readonly broken?: Mutation
}

/** A line of the protocol that is left out or misplaced. */
export type Mutation = (typeof MUTATIONS)[number]
export const MUTATIONS = [
  'submitter looks before it queues',
  'SPINNING is lowered for a thread that never looked, blindly',
  'a spinner does not look again',
  'STARTING is lowered behind the look',
  'a thread that gives its P up does not look behind it',
  'what a batch brought to a ring is not announced',
  'nobody is woken by a spinner that finds work',
  'sysmon does not look behind a P that it put to rest',
  'sysmon leaves a P with a thread that does not come to get it',
  'sysmon does not look whom it took the offer from',
  'no look between ASLEEP and sleep',
  'a thread whose P was revoked is not idle again',
  'a thread whose P was revoked sleeps beside the idle lists',
  'a stand-in is lost with the offer that was revoked',
  'a stand-in is lost with a P that sysmon took',
] as const

/** The state as a model sees it, with the process whose turn it is. */
export class Wakeup implements Model {
  readonly initial: State
  readonly processes: number
  readonly setting: Required<Setting>
  private s: State
  private me = 0
  private who = 0
  private choose: Choose = () => 0
  private readonly psAt = GLOBALS.length
  private readonly msAt: number
  private readonly names: string[][]

  constructor(setting: Setting) {
    this.setting = {
      up: 0,
      slow: 0,
      children: 0,
      stuck: 0,
      residents: 0,
      blockingCalls: 0,
      naps: false,
      broken: '' as Mutation,
      ...setting,
    }
    const { ms, ps, up, slow, tasks, children, stuck, residents, blockingCalls } = this.setting
    this.msAt = this.psAt + ps * P_BYTES
    this.processes = ms + 2
    this.names = [...Array.from({ length: ms }, (_, m) => `M${m}`), 'main', 'sysmon'].map((name) =>
      LABELS.map((label) => `${name}: ${label}`),
    )
    this.s = this.initial = new Uint8Array(this.msAt + ms * M_BYTES + 2 * REGISTERS)
    for (const [name, n] of Object.entries({ PIDLE: ps, LEFT: tasks, CHILDREN: children, STUCK: stuck, RESIDENTS: residents, CALLS: blockingCalls, SLOW: slow })) this.initial[G[name as Global]] = n // prettier-ignore
    for (let m = 0; m < ms; m++) {
      this.initial[this.base(m) + PC] = numberOf(m < up ? 'E.listen' : 'B.order')
      if (m >= up) continue
      this.initial[this.base(m) + LIST] = LISTENING
      this.initial[this.base(m) + WORD] = ASLEEP
    }
    this.canonical(this.initial)
    this.initial[this.base(ms) + PC] = numberOf('S.submit')
    this.initial[this.base(ms + 1) + PC] = numberOf('T.look')
  }

  private base(process: number): number {
    const { ms } = this.setting
    return this.msAt + (process < ms ? process * M_BYTES : ms * M_BYTES + (process - ms) * REGISTERS)
  }

  step(s: State, process: number, choose: Choose): string | undefined {
    if (s[G.CUT] === 1) return undefined
    this.s = s
    this.who = process
    this.me = this.base(process)
    this.choose = choose
    const pc = s[this.me + PC] as number
    const next = (TABLE[pc] as Step)(this)
    if (next === false) return undefined
    s[this.me + PC] = numberOf(next)
    return (this.names[process] as string[])[pc]
  }

  broken(mutation: Mutation): boolean {
    return this.setting.broken === mutation
  }

  /* Words. */

  get(word: Global): number {
    return this.s[G[word]] as number
  }
  add(word: Global, n: number): void {
    ;(this.s[G[word]] as number) += n
  }
  set(word: Global, n: number): void {
    this.s[G[word]] = n
  }
  /** A register, or a word of this M's. */
  own(word: number): number {
    return this.s[this.me + word] as number
  }
  put(word: number, n: number): void {
    this.s[this.me + word] = n
  }
  /** A word of another M's. */
  of(m: number, word: number): number {
    return this.s[this.base(m) + word] as number
  }
  putOf(m: number, word: number, n: number): void {
    this.s[this.base(m) + word] = n
  }
  p(id: number, word: number): number {
    return this.s[this.psAt + id * P_BYTES + word] as number
  }
  putP(id: number, word: number, n: number): void {
    this.s[this.psAt + id * P_BYTES + word] = n
  }
  /** Who has a P, as its OWNER word says it. */
  get mine(): number {
    return this.who + 1
  }
  /** Writes OWNER, so that what sysmon has seen of it is old. */
  ownP(id: number, owner: number, state: number): void {
    this.putP(id, OWNER, owner)
    this.putP(id, STATE, state)
    this.putP(id, SEEN, 0)
  }

  /* What several steps do. */

  /** Takes the lock for what the caller does in this step; false while another has it over several. */
  get unlocked(): boolean {
    return this.get('LOCK') === 0
  }
  get midle(): number {
    let count = 0
    for (let m = 0; m < this.setting.ms; m++) if (this.of(m, LIST) !== 0) count++
    return count
  }
  /** The global queue: tasks and stand-ins. */
  get qsize(): number {
    let count = this.get('QUEUE')
    for (let m = 0; m < this.setting.ms; m++) count += this.of(m, STAND_IN)
    return count
  }
  get queued(): number {
    let count = this.qsize + this.get('SUBMITTED')
    for (let p = 0; p < this.setting.ps; p++) count += this.p(p, TASKS)
    return count
  }
  get anyQueued(): boolean {
    return this.queued > 0
  }
  pick(from: readonly number[]): number {
    return from[from.length === 1 ? 0 : this.choose(from.length)] as number
  }
  /** An idle M, off its list: one that sleeps, if there is one; -1 for none. */
  takeM(): number {
    for (const list of [ASLEEP_LIST, LISTENING]) {
      const found: number[] = []
      for (let m = 0; m < this.setting.ms; m++) if (this.of(m, LIST) === list) found.push(m)
      if (found.length === 0) continue
      const m = this.pick(found)
      this.putOf(m, LIST, 0)
      return m
    }
    return -1
  }
  takeP(owner: number, state: number): number {
    const found: number[] = []
    for (let p = 0; p < this.setting.ps; p++) if (this.p(p, STATE) === IDLE) found.push(p)
    if (found.length === 0) return -1
    const p = this.pick(found)
    this.add('PIDLE', -1)
    this.ownP(p, owner, state)
    return p
  }
  idleP(p: number): void {
    this.ownP(p, 0, IDLE)
    this.add('PIDLE', 1)
  }
  idle(list: number): void {
    this.put(LIST, this.own(NEXT_P) === 0 ? list : 0)
  }
  wake(m: number): void {
    if (this.of(m, WORD) === ASLEEP) this.putOf(m, WORD, CALLED)
  }
  keepWarm(): void {
    if (this.midle + this.get('STARTING') === 0) this.order()
  }
  get unborn(): number {
    let count = 0
    for (let m = 0; m < this.setting.ms; m++) if (this.of(m, PC) === numberOf('B.order')) count++
    return count
  }
  /** Unless there are as many threads as there may be. */
  order(): void {
    if (this.get('ORDERS') >= this.unborn) return
    this.add('STARTING', 1)
    this.add('ORDERS', 1)
  }
  /** Calls a subroutine that ends with return(). */
  call(label: string, then: string): string {
    this.put(RET, numberOf(then))
    return label
  }
  return(): string {
    const then = LABELS[this.own(RET)] as string
    for (const register of [RET, THE_M, THE_P]) this.put(register, 0)
    return then
  }
  /** Looks at all queues, one step for each. */
  scan(yes: string, no: string): string {
    this.put(YES, numberOf(yes))
    this.put(NO, numberOf(no))
    this.put(AT, 0)
    return 'Q.scan'
  }
  scanned(register: number): string {
    const to = LABELS[this.own(register)] as string
    for (const one of [YES, NO, AT]) this.put(one, 0)
    return to === 'return' ? this.return() : to
  }
  /** A piece of the global queue: 'none', a task, or the number of an M whose stand-in it is. Under the lock. */
  unlink(): 'none' | 'task' | number {
    const found: number[] = this.get('QUEUE') > 0 ? [-1] : []
    for (let m = 0; m < this.setting.ms; m++) if (this.of(m, STAND_IN) === 1) found.push(m)
    if (found.length === 0) return 'none'
    const one = this.pick(found)
    if (one >= 0) {
      this.putOf(one, STAND_IN, 0)
      return one
    }
    const size = this.get('QUEUE')
    const n = Math.min(size, Math.trunc(size / this.setting.ps) + 1)
    this.add('QUEUE', -n)
    this.put(LIMBO, n - 1)
    return 'task'
  }
  numberOf(label: string): number {
    return numberOf(label)
  }
  labelOf(n: number): string {
    return LABELS[n] as string
  }
  /** takeStandIn(), and what giveTo() writes first. Under the lock. The first of the queue may be a task, if one is there. */
  giveToStandIn(): boolean {
    const found: number[] = this.get('QUEUE') > 0 ? [-1] : []
    for (let m = 0; m < this.setting.ms; m++) if (this.of(m, STAND_IN) === 1) found.push(m)
    const m = found.length === 0 ? -1 : this.pick(found)
    if (m < 0) return false
    this.putOf(m, STAND_IN, 0)
    const p = this.own(THE_P) - 1
    this.putP(p, FIRST, 1)
    this.ownP(p, m + 1, USER)
    this.put(THE_M, m + 1)
    return true
  }
  /** Goes on with what unlink() gave. */
  unlinked(got: 'task' | number): string {
    if (got === 'task') return this.own(LIMBO) > 0 ? 'F.toRing' : 'G.found'
    this.put(SAVED, got + 1)
    return 'G.standIn'
  }
  spin(): void {
    this.put(SPINS, 1)
    this.put(M_SPINNING, 1)
    this.add('SPINNING', 1)
  }
  unspin(): void {
    this.put(SPINS, 0)
    this.put(M_SPINNING, 0)
    this.add('SPINNING', -1)
  }
  noP(): string {
    return this.own(WAITS) === 1 ? 'A.asleep' : 'E.idle'
  }

  /* The model. */

  unsafe(s: State): string | undefined {
    this.s = s
    const { ms, ps } = this.setting
    if (this.get('SPINNING') > ms + 1) return '[sched-3] fewer than no thread spins'
    if (this.get('STARTING') > ms) return 'fewer than no thread is starting'
    for (let m = 0; m < ms; m++) {
      if (!OWNS_A_P[this.of(m, PC)]) continue
      const p = this.of(m, MY_P) - 1
      if (p < 0 || this.p(p, OWNER) !== m + 1 || this.p(p, STATE) !== RUNTIME)
        return `[p-3] M${m} is in the scheduler without a P of its own`
    }
    let idle = 0
    for (let p = 0; p < ps; p++) {
      if (this.p(p, STATE) !== IDLE) continue
      idle++
      if (this.p(p, TASKS) > 0) return `[sched-1] P${p} is idle and has tasks`
    }
    return idle === this.get('PIDLE') ? undefined : '[sched-1] PIDLE counts wrong'
  }

  good(s: State): boolean {
    this.s = s
    // What would come then needs more threads than this setting has.
    if (this.get('CUT') === 1) return true
    const { ms } = this.setting
    if (this.anyQueued || this.get('LEFT') > 0 || this.get('LOCK') > 0) return false
    if (this.get('SPINNING') + this.get('STARTING') + this.get('ORDERS') > 0) return false
    for (let m = 0; m < ms; m++) {
      const pc = LABELS[this.of(m, PC)] as string
      if (pc === 'X.stuck' || pc === 'B.order') continue
      if (pc !== 'E.listen' || this.of(m, LIST) === 0 || this.of(m, NEXT_P) !== 0 || this.of(m, WORD) !== ASLEEP)
        return false
    }
    return this.of(ms, PC) === numberOf('S.submit') && this.of(ms + 1, PC) === numberOf('T.look')
  }

  /** Ms are the same but for their numbers: in the order of their bytes. */
  canonical(s: State): void {
    const { ms, ps } = this.setting
    if (this.isOrdered(s)) return
    const rows = Array.from({ length: ms }, (_, m) => ({ m, bytes: s.slice(this.base(m), this.base(m) + M_BYTES) }))
    rows.sort((x, y) => compare(x.bytes, y.bytes))
    const renamed = new Map(rows.map(({ m }, i) => [m + 1, i + 1]))
    rows.forEach(({ bytes }, i) => s.set(bytes, this.base(i)))
    const rename = (at: number): void => {
      s[at] = renamed.get(s[at] as number) ?? (s[at] as number)
    }
    for (let p = 0; p < ps; p++) rename(this.psAt + p * P_BYTES + OWNER)
    for (let process = 0; process < this.processes; process++) {
      rename(this.base(process) + THE_M)
      rename(this.base(process) + SAVED)
    }
  }

  private isOrdered(s: State): boolean {
    for (let m = 1; m < this.setting.ms; m++) {
      for (let i = 0, x = this.base(m - 1), y = this.base(m); i < M_BYTES; i++) {
        const difference = (s[x + i] as number) - (s[y + i] as number)
        if (difference > 0) return false
        if (difference < 0) break
      }
    }
    return true
  }

  show(s: State): string {
    this.s = s
    const { ms, ps } = this.setting
    const owner = (word: number): string => (word === 0 ? '-' : word === SYSMON ? 'sysmon' : `M${word - 1}`)
    const words = GLOBALS.filter((name) => s[G[name]] !== 0).map((name) => `${name} ${s[G[name]]}`)
    for (let p = 0; p < ps; p++) {
      const state = ['idle', 'runtime', 'user', 'syscall'][this.p(p, STATE)]
      words.push(`P${p} ${owner(this.p(p, OWNER))} ${state} ${this.p(p, TASKS)}`)
    }
    for (let m = 0; m < ms; m++) {
      const offered = this.of(m, NEXT_P) === 0 ? '' : ` NEXT_P P${this.of(m, NEXT_P) - 1}`
      const idle = this.of(m, LIST) === 0 ? '' : ' idle'
      words.push(`M${m} ${LABELS[this.of(m, PC)]}${idle}${offered}`)
    }
    return words.join(', ')
  }
}

function compare(x: Uint8Array, y: Uint8Array): number {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number)
  return 0
}

const STEPS = { ...OTHERS, ...SYSMON_STEPS }
const LABELS = Object.keys(STEPS)
/** Which steps are taken with a P of one's own, in RUNTIME. */
const OWNS_A_P = LABELS.map((label) => /^[FGL]\./.test(label) && label !== 'G.offer')
const TABLE = Object.values(STEPS)
const NUMBERS = new Map(LABELS.map((label, i) => [label, i]))

function numberOf(label: string): number {
  const n = NUMBERS.get(label)
  if (n === undefined) throw new Error(`no step ${label}`)
  return n
}
