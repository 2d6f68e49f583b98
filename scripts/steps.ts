/*
 * Runs the steps of a check side by side, and reports each as it ends.
 */

import type { Finished } from './run.ts'

export interface Step {
  name: string
  command: readonly string[]
  /** The step that must have passed before this one starts; when it failed, this one has too. */
  after?: string
  /** Print the output of a passed step as well. */
  show?: boolean
}

export interface Counts {
  passed: number
  failed: number
}

export async function runSteps(
  steps: readonly Step[],
  limit: number,
  start: (command: readonly string[]) => Promise<Finished>,
): Promise<Counts> {
  const waiting = [...steps]
  const running = new Set<Promise<void>>()
  const ended = new Map<string, boolean>()

  const perform = async (step: Step): Promise<void> => {
    const started = performance.now()
    const { ok, output } =
      step.after !== undefined && !ended.get(step.after)
        ? { ok: false, output: `not run: ${step.after} failed` }
        : await start(step.command)
    ended.set(step.name, ok)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${step.name.padEnd(18)} ${seconds.padStart(6)} s`)
    if (output && (!ok || step.show)) console.log(output.replaceAll(/^/gm, '     '))
  }
  const next = (): Step | undefined => {
    const index = waiting.findIndex(({ after }) => after === undefined || ended.has(after))
    return index < 0 ? undefined : waiting.splice(index, 1)[0]
  }

  while (waiting.length + running.size > 0) {
    for (let step = next(); step; step = running.size < limit ? next() : undefined) {
      const done = perform(step).finally(() => running.delete(done))
      running.add(done)
    }
    if (running.size === 0) throw new Error(`${waiting[0]?.name}: waits for a step that is not there`)
    await Promise.race(running)
  }

  const failed = [...ended.values()].filter((ok) => !ok).length
  return { passed: ended.size - failed, failed }
}
