/*
 * The suite: what must hold on every runtime, asked of the built packages through their public names alone.
 *
 * It runs inside whatever runtime it is given to, a browser's page included, so it uses nothing but standard globals, and
 * tells what came of it by its return value.
 */

/** A property by its name; it fails by throwing. */
export type Cases = Record<string, () => unknown>

export interface Result {
  readonly package: string
  readonly name: string
  /** What it failed with. */
  readonly error?: string
}

/** Far beyond what any of them takes. */
const LIMIT = 60_000

/** Runs the cases of all packages, one after the other. */
export async function runSuite(suites: Readonly<Record<string, Cases>>): Promise<Result[]> {
  const results: Result[] = []
  for (const [name, cases] of Object.entries(suites)) {
    for (const [property, check] of Object.entries(cases)) {
      results.push({ package: name, name: property, ...(await failure(check)) })
    }
  }
  return results
}

async function failure(check: () => unknown): Promise<{ error: string } | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${LIMIT / 1000} s`)), LIMIT)
  })
  try {
    await Promise.race([Promise.resolve().then(check), late])
    return undefined
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? String(error)) : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Fails unless both are the same: primitives and objects by what they hold, errors and functions by identity. */
export function equal(actual: unknown, expected: unknown): void {
  if (!same(actual, expected)) throw new Error(`expected ${show(expected)}, got ${show(actual)}`)
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Error)
}

function show(value: unknown): string {
  const text = (_: string, v: unknown) =>
    typeof v === 'bigint' || v === undefined || v instanceof Error ? String(v) : v
  return JSON.stringify(value, text) ?? String(value)
}

/** What `op` fails with. */
export async function thrown(op: PromiseLike<unknown>): Promise<unknown> {
  try {
    await op
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
