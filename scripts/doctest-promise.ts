/*
 * What a README program's `// =>` lines become: checks that run inside the program (doctest.ts).
 */

import { Assert } from 'node:assert'
import type { AssertStrict } from 'node:assert'
import { format } from 'node:util'

// A README writes a result as a literal, whatever class it is of.
const assert: AssertStrict = new Assert({ strict: true, skipPrototype: true })
const waiting = new Set<number>()
const printed = new Map<number, { wanted: string; lines: string[] }>()

/** Names the promised lines; each must be reached before the program ends. */
export function expect(lines: readonly number[]): void {
  for (const line of lines) waiting.add(line)
}

export function equal(line: number, actual: unknown, wanted: unknown): void {
  waiting.delete(line)
  assert.deepStrictEqual(actual, wanted, `line ${line}`)
}

export function log(line: number, wanted: string, ...values: unknown[]): void {
  waiting.delete(line)
  const entry = printed.get(line) ?? { wanted, lines: [] }
  printed.set(line, entry)
  entry.lines.push(format(...values))
  console.log(...values)
}

process.on('exit', () => {
  for (const line of waiting) fail(`line ${line} was never reached`)
  for (const [line, { wanted, lines }] of printed) {
    const actual = lines.join(', ')
    if (actual !== wanted) fail(`line ${line} printed ${actual}, not ${wanted}`)
  }
})

function fail(text: string): void {
  console.error(text)
  process.exitCode = 1
}
