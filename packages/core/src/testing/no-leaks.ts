/*
 * verifyNoLeaks: what a test started must be over when the test is (Uber's goleak).
 *
 * Which     Ids of goroutines only grow. So those started since the last look have higher ones than the highest there was then, and
 *           each is reported once, behind the test that started it.
 *
 * Patience  What is about to end, because its channel was just closed or its context canceled, is waited for: some turns of
 *           the event loop, and as long as goleak does.
 */

import { Panic, shown } from '../errors.ts'
import type { G } from '../g.ts'
import { attach } from '../go.ts'
import { rt } from '../runtime.ts'
import { wait } from '../sleep.ts'
import { createdBy } from '../stacks.ts'
import { panicked, type Op } from '../waiter.ts'
import { bubbleOf, here } from './place.ts'

/** What verifyNoLeaks() leaves out. */
export interface NoLeaksOptions {
  /** Goroutines of these names, or whose names match, may live on. A goroutine has the name of its function. */
  readonly ignore?: readonly (string | RegExp)[] | undefined
}

/** Turns of the event loop, at least, and milliseconds, at least, that what is ending has. */
const TURNS = 20
const PATIENCE = 400
/** Turns after which it ends whatever the clock says, which a test may have stopped. */
const MOST_TURNS = 100_000

/** The highest id at the last look. */
let checked = 0

/**
 * Fails if goroutines that were started since the last call, or since the program began, still live. Blocks until all are over,
 * or for about half a second. Call it behind each test: `afterEach(() => verifyNoLeaks())`, in any test runner that runs the tests of a
 * file one after the other. A failing test's own goroutines are reported once.
 *
 * **Throws** a Panic with code `GMP_TESTING_LEAK`, `found unexpected goroutines`, and a dump of them: state, what each waits for, its
 * function, and where it was started. In a bubble, which does all this itself, one with code `GMP_TESTING_NESTED`.
 *
 * @example
 * ```ts
 * go(function* forgotten() {
 *   yield* wait(new Promise(() => {}))
 * })
 * const leak: Error = await verifyNoLeaks().catch((error) => error)
 * console.log(leak.message.split('\n')[0]) // => found unexpected goroutines:
 * await verifyNoLeaks() // Told once.
 * ```
 */
export function verifyNoLeaks(options: NoLeaksOptions = {}): Op<void> {
  if (here() !== null) {
    const message = 'gmp/testing: verifyNoLeaks() in a bubble, which fails itself when goroutines remain'
    return panicked(new Panic('GMP_TESTING_NESTED', message))
  }
  const ignore: unknown = options.ignore ?? []
  if (!Array.isArray(ignore)) {
    const message = `gmp/testing: expected ignore to be an array of names and patterns, got ${shown(ignore)}`
    return panicked(new Panic('GMP_TESTING_BAD_OPTION', message))
  }
  if (!rt.attached) attach()
  // Whoever asks lives.
  const caller = rt.cur ?? rt.plain
  const since = checked
  checked = rt.nextId - 1
  return wait(verify((g) => g.id > since && g !== caller && !ignored(g, ignore as (string | RegExp)[])))
}

function ignored(g: G, ignore: readonly (string | RegExp)[]): boolean {
  // A bubble has told of its own.
  if (g === rt.main || bubbleOf(g) !== null) return true
  const name = g.name || 'func'
  return ignore.some((one) => (typeof one === 'string' ? one === name : one.test(name)))
}

async function verify(counts: (g: G) => boolean): Promise<void> {
  const started = rt.host.now()
  for (let turns = 0; ; turns++) {
    const left = living(counts)
    if (left.length === 0) return
    const patient = turns < TURNS || (rt.host.now() - started < PATIENCE && turns < MOST_TURNS)
    if (!patient)
      throw new Panic('GMP_TESTING_LEAK', `found unexpected goroutines:\n\n${left.map(described).join('\n')}`)
    await new Promise<void>((resolve) => rt.host.macrotask(resolve))
  }
}

function living(counts: (g: G) => boolean): G[] {
  const found: G[] = []
  for (let g = rt.all; g !== null; g = g.allNext) if (counts(g)) found.push(g)
  return found.toReversed()
}

function described(g: G): string {
  return `goroutine ${g.id} [${g.waitReason || g.status}]:\n${g.name || 'func'}(...)${createdBy(g)}\n`
}
