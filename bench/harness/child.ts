/*
 * The process of one sample: child.ts LIBRARY ROW N WARMN SAMPLES. Prints a ChildReport, or null where
 * the library has no such row.
 */
import { readFileSync } from 'node:fs'
import { libraries } from '../libraries.ts'
import { stopwatch } from './measure.ts'
import type { ChildReport, Program, RowName, Sample } from './program.ts'

/** A slow library gives fewer samples: none is begun after this time. */
const BUDGET_MS = 4000

/** The warm-up is repeated until this time has passed: what is measured is the steady state. */
const WARM_MS = 300

const [libraryName, rowName, ...numbers] = process.argv.slice(2)
const [n = 0, warmN = 0, samples = 1] = numbers.map(Number)

/** The peak of this process alone: resourceUsage() would count the parent's pages up to our exec. */
const peakRssKiB = (): number => {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (peak) return Number(peak[1])
  } catch {
    // No /proc: another system.
  }
  return process.resourceUsage().maxRSS
}

/*
 * No collection is forced before a sample. With nothing alive between two samples it would also collect the hidden
 * classes of the library's records, and with them its optimized code: every sample would begin cold.
 */
const take = async (program: Program): Promise<Sample> => {
  const from = stopwatch()
  const outcome = await program(n)
  return outcome.ms === undefined ? { ...outcome, ...from() } : { ...outcome, ms: outcome.ms }
}

const measure = async (program: Program): Promise<ChildReport> => {
  const begun = performance.now()
  do await program(warmN)
  while (performance.now() - begun < WARM_MS)
  const taken: Sample[] = []
  while (taken.length < samples) {
    taken.push(await take(program))
    if (performance.now() - begun > BUDGET_MS) break
  }
  return { samples: taken, peakRssKiB: peakRssKiB() }
}

const library = libraries.find(({ name }) => name === libraryName)
const programs = await library?.load?.()
const program = programs?.[rowName as RowName]
const report = `${JSON.stringify(program ? await measure(program) : null)}\n`
// Not of its own accord: pools leave threads behind, and one of them may be stuck.
process.stdout.write(report, () => process.exit())
