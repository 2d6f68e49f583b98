/*
 * Seeds: where the random choices of a test come from, and what a failure says about that.
 *
 *   GMP_SEED=123     the seed of bubbles and of the first run of stress(), instead of a fresh one
 *   GMP_STRESS=10    stress() runs ten times as often
 *
 * A fresh seed is the platform's: the host may be one that a test put in its place, with dice of its own.
 */

import { Panic, shown } from '../errors.ts'
import { seeded } from '../random.ts'
import { platform } from '#platform'

/** GMP_SEED, or a fresh seed. @internal */
export function freshSeed(): number {
  return setting('GMP_SEED') ?? platform.entropy() >>> 1
}

/**
 * What a test draws, from 0 up to 1. Not the dice of its schedule: it stays the same when it is scheduled in another way.
 * @internal
 */
export function drawing(seed: number): () => number {
  const bits = seeded(seed ^ 0x5bd1e995)
  return () => bits() / 0x1_0000_0000
}

/** Refuses a choice among nothing. @internal */
export function checkChoice(options: number): void {
  if (Number.isSafeInteger(options) && options >= 1) return
  const expected = `gmp/testing: expected choose() to be given a whole number from 1 on, got ${shown(options)}`
  throw new Panic('GMP_TESTING_BAD_CHOICE', expected)
}

/** A whole number from the environment. @internal */
export function setting(name: string): number | undefined {
  const text = platform.variable(name)
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new Panic('GMP_TESTING_BAD_SETTING', `gmp/testing: expected ${name} to be a whole number, got ${shown(text)}`)
}

/** Adds a line to an error's message. @internal */
export function withNote(error: unknown, note: string): unknown {
  // By its shape: in Jest a test's Error is not that of Node's modules, assert for one.
  if (isError(error) && !error.message.includes(note)) {
    const { stack, message } = error
    try {
      error.message = `${message}\n\n  ${note}`
      // The stack has a copy of the message.
      if (stack !== undefined) error.stack = stack.replace(message, () => error.message)
    } catch {
      // Frozen: it is told without the note.
    }
  }
  return error
}

function isError(value: unknown): value is Error {
  const { message, stack } = (value ?? {}) as Partial<Error>
  return typeof message === 'string' && typeof stack === 'string'
}

/** Who called `entry`, a function of this package. Its text is made only when somebody reads it. @internal */
export function callerOf(entry: (...args: never[]) => unknown): Error {
  const site = new Error('here')
  const traces = Error as { captureStackTrace?(target: object, above: unknown): void }
  traces.captureStackTrace?.(site, entry)
  return site
}

const TEST_FILE = /[._-](?:test|spec)\.|\/(?:test|tests|__tests__)\//

/** The command that runs the test of `site` again. @internal */
export function rerun(site: Error): string {
  const lines = String(site.stack).split('\n')
  const files = lines.flatMap((line) => /(?:^|[\s(@])((?:file:\/\/)?\/[^():]+):\d+:\d+\)?$/.exec(line)?.[1] ?? [])
  return platform.command(files.find((file) => TEST_FILE.test(file)) ?? files[0])
}
