/*
 * Runs one test program on a virtual host and looks after it.
 *
 * A test that no goroutine can bring further fails at once, with the dump, instead of waiting for a timeout. After the
 * program has ended, what it started must end too, every check of the kernel must pass, and nothing may have been
 * reported or died. A failure names the seed, which `GMP_SEED=` replays.
 *
 * Goroutines that are blocked for ever are either named by the test, with leave(), or allowed as a whole, with
 * `abandons`: Go ends them with the program. Generators are killed then. Async functions cannot be: they stay.
 */

import { asyncFunctions, generators, type Body, type Handle, type Idiom, type IdiomName } from './idioms.ts'
import { VirtualHost } from './virtual-host.ts'

/** What a test needs of @gmp/core and @gmp/core/internal; P is what its operations yield. */
export interface KernelShape<P> {
  go<R>(body: () => Body<P, R> | Promise<R>): Handle<P, R>
  swapHost(host: VirtualHost): () => void
  seeded(seed: number): () => number
  numGoroutine(): number
  stacks(): string
  /** Nothing is runnable, on a timer, or waits for the host's turn. */
  quiet(): boolean
  /** Ends every goroutine that can be ended, after a test that failed. */
  killAll(): void
  /** Throws when an invariant of the kernel does not hold. */
  check(): void
}

export interface TestOptions {
  /** How far each look at the clock moves it, in ms; see VirtualHost. */
  readonly step?: number
  /** The program ends with goroutines still blocked, as Go programs do. */
  readonly abandons?: boolean
}

/** What a program is given. */
export interface TestEnv<P> extends Idiom<P> {
  readonly host: VirtualHost
  readonly seed: number
  go<A extends unknown[], R>(body: (...args: A) => Body<P, R>, ...args: A): Handle<P, R>
  /** Says that this goroutine is blocked for ever, and takes it away after the test. */
  leave(handle: Handle<P, unknown>): void
}

/** Rounds of the real event loop in which nothing happens before the program is taken to be stuck. */
const QUIET_ROUNDS = 10
/** Rounds a test may take to come to rest after its program has ended. */
const REST_ROUNDS = 200_000

/** The seed of a run: GMP_SEED, or always the same. */
function seedOf(): number {
  const given = Number(process.env['GMP_SEED'] ?? Number.NaN)
  return Number.isInteger(given) ? given : 20260101
}

/** Runs `program` in one idiom; rejects with what went wrong. */
export async function runVirtual<P, E extends TestEnv<P>>(
  kernel: KernelShape<P>,
  idiomName: IdiomName,
  options: TestOptions,
  extend: (env: TestEnv<P>) => E,
  program: (env: E) => Body<P, unknown>,
): Promise<void> {
  const seed = seedOf()
  const idiom = idiomName === 'generators' ? generators<P>() : asyncFunctions<P>()
  const host = new VirtualHost({
    random: kernel.seeded(seed),
    ...(options.step === undefined ? {} : { step: options.step }),
  })
  // A plain test before this one may have left something to run on the real host.
  for (let rounds = 0; !kernel.quiet() && rounds < QUIET_ROUNDS; rounds++) await turn()
  const restore = kernel.swapHost(host)
  const before = kernel.numGoroutine()
  const started: Handle<P, unknown>[] = []
  const left: Handle<P, unknown>[] = []
  const env = extend({
    ...idiom,
    host,
    seed,
    go(body, ...args) {
      const run = idiom.fn(body)
      const handle = kernel.go(() => run(...args))
      if (options.abandons === true) started.push(handle)
      return handle
    },
    leave: (handle) => left.push(handle),
  })
  try {
    await ended(kernel, kernel.go(idiom.fn(() => program(env))))
    await rest(kernel)
    for (const handle of started) if (handle.status !== 'dead') left.push(handle)
    const stuck = left.filter((handle) => takeAway(handle, idiomName)).length
    await rest(kernel)
    const alive = kernel.numGoroutine() - before - stuck
    if (alive !== 0) throw new Error(`${alive} goroutines are left:\n${kernel.stacks()}`)
    kernel.check()
    if (host.reported.length > 0) throw new Error('a goroutine failed', { cause: host.reported[0] })
    if (host.deaths.length > 0) throw new Error(`the program died: ${host.deaths[0]?.text}`)
  } catch (error) {
    if (error instanceof Error) error.message += `\n(GMP_SEED=${seed} replays this)`
    kernel.killAll()
    // The first failure is the one to report: what it left behind may not come to rest.
    await rest(kernel).then(restore, () => {})
    throw error
  }
  restore()
}

/** Ends a goroutine that is blocked for ever. Answers whether it stays all the same. */
function takeAway<P>(handle: Handle<P, unknown>, idiom: IdiomName): boolean {
  if (handle.status !== 'waiting') throw new Error(`goroutine ${handle.id} should be blocked and is ${handle.status}`)
  if (idiom !== 'generators') return true
  if (!handle.kill()) throw new Error(`goroutine ${handle.id} could not be killed`)
  return false
}

/** Waits for the program, and fails when nothing can bring it further. */
async function ended<P>(kernel: KernelShape<P>, main: Handle<P, unknown>): Promise<void> {
  let over = false
  const end = Promise.resolve(main).finally(() => (over = true))
  const stuck = async (): Promise<void> => {
    for (let still = 0; still < QUIET_ROUNDS && !over; await turn()) still = kernel.quiet() ? still + 1 : 0
    if (!over) throw new Error(`all goroutines are asleep:\n${kernel.stacks()}`)
  }
  await Promise.race([end, stuck()])
  await end
}

/** Waits until nothing is left to run. */
async function rest<P>(kernel: KernelShape<P>): Promise<void> {
  for (let still = 0, rounds = 0; still < QUIET_ROUNDS; rounds++) {
    if (rounds > REST_ROUNDS) throw new Error(`the test does not come to rest:\n${kernel.stacks()}`)
    await turn()
    still = kernel.quiet() ? still + 1 : 0
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
