/*
 * The list of steps that a failing schedule is told as.
 *
 *     1  main 2     starts reads 3 · starts writes 4 · join (cache.test.ts:31) waits for join
 *   » 2  reads 3    Chan.recv (cache.test.ts:20) waits for chan receive
 *     3  writes 4   Chan.send (cache.test.ts:24) · ends
 *
 * A step is what one goroutine does before another goes on. » marks a forced switch: without it another would have gone on.
 */

import type { G } from '../g.ts'
import type { Observer } from './observer.ts'
import type { ChoiceListener } from './path.ts'
import type { Candidate } from './schedule.ts'

interface Step {
  readonly who: string
  readonly forced: boolean
  readonly did: string[]
}

const WAITS = ' waits'

/** More steps than this are told by the last ones. */
const MOST = 60

/** @internal */
export class Recorder implements Observer, ChoiceListener {
  private readonly steps: Step[] = []
  private forced = false

  switched(_to: Candidate, from: Candidate | undefined, running: boolean): void {
    if (running && from?.g) this.add('is interrupted')
    this.forced = true
  }

  starts(g: G): void {
    this.begin(g)
  }

  settles(g: G | null): void {
    this.begin(g)
  }

  private begin(g: G | null): void {
    this.steps.push({ who: g === null ? 'async code' : label(g), forced: this.forced, did: [] })
    this.forced = false
  }

  operates(_g: G | null, waits: boolean): void {
    this.add(`${operation()}${waits ? WAITS : ''}`)
  }

  chooses(_g: G | null, choice: number): void {
    this.steps.at(-1)?.did.push(`chooses ${choice}`)
  }

  parks(g: G): void {
    const { waitReason } = g
    const did = this.steps.at(-1)?.did
    if (did === undefined || g.op === null || waitReason === 'runnable') return
    // An operation that waits has just been told, unless it is one that no queue knows.
    if (did.at(-1)?.endsWith(WAITS)) did.push(`${did.pop()} for ${waitReason}`)
    else did.push(`waits for ${waitReason}`)
  }

  joins(g: G): void {
    if (this.steps.length > 0) this.add(`starts ${label(g)}`)
  }

  ends(g: G): void {
    this.add('ends', label(g))
  }

  private add(what: string, who?: string): void {
    const last = this.steps.at(-1)
    if (last === undefined || (who !== undefined && last.who !== who)) return
    // A select waits in several queues.
    if (last.did.at(-1) !== what) last.did.push(what)
  }

  /** The list, one line a step. */
  text(): string {
    const { steps } = this
    const width = Math.max(...steps.map(({ who }) => who.length))
    const digits = String(steps.length).length
    const lines = steps.map(({ who, forced, did }, i) => {
      const number = String(i + 1).padStart(digits)
      return `  ${forced ? '»' : ' '} ${number}  ${who.padEnd(width)}  ${did.join(' · ') || 'goes on'}`
    })
    const left = lines.length - MOST
    return (left > 0 ? [`    ${left} steps before`, ...lines.slice(left)] : lines).join('\n')
  }
}

function label(g: G): string {
  return `${g.name || 'func'} ${g.id}`
}

/** The sources of gmp, whose frames are not the program's. */
const OURS = /* @__PURE__ */ oursAt((import.meta as { url?: string }).url ?? '')

function oursAt(url: string): RegExp {
  const workspace = /^(?:file:\/\/)?(.*\/packages\/)core\//.exec(url)?.[1]
  const escaped = workspace?.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const here = escaped === undefined ? '' : `|${escaped}(?:core|chan|sync|context|patterns|scheduler)/(?:src|dist)/`
  return new RegExp(`/@gmp/|^node:|<anonymous>${here}`)
}

/** The operation that is being called, and where: `Chan.send (worker.ts:12)`. */
function operation(): string {
  const traces = Error as { stackTraceLimit?: number }
  const { stackTraceLimit } = traces
  traces.stackTraceLimit = 30
  const lines = String(new Error('here').stack).split('\n').slice(1)
  traces.stackTraceLimit = stackTraceLimit as number // Safety: undefined only where it is not used.
  let inner = 'an operation'
  for (const line of lines) {
    const frame = /at (?:(?:async )?(?:new )?(\S+)(?: \[as (\S+)\])? \()?(.*?):(\d+):\d+\)?$/.exec(line)
    if (frame === null) continue
    const [, name = '', alias, file = '', at] = frame
    if (!OURS.test(file)) return `${inner} (${file.replace(/^.*\//, '')}:${at})`
    const called = alias === undefined ? name : name.replace(/[^.]*$/, alias)
    // By its class, or by what world.ts put in its place.
    if (/^(?:G|joins)\./.test(called)) inner = 'join'
    else if (/^[A-Za-z]/.test(called)) inner = called.replace(/^Object\./, '')
  }
  return inner
}
