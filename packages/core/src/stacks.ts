/*
 * The goroutine dump, in the grammar of Go's tracebacks:
 *
 *   goroutine 7 [chan receive]:
 *   worker(...)
 *   created by main in goroutine 1
 *   	file:///srv/app.ts:12:3
 *
 * A parked generator does not tell where in its function it stands, so a goroutine is shown by its function's name, its
 * wait reason and, where it was recorded (go.ts), the place that started it.
 */

import type { G } from './g.ts'
import { rt } from './runtime.ts'

/**
 * A dump of all goroutines: the one that runs first, then by id. Goroutine 1 is the program's own code, or the goroutine
 * that run() started.
 *
 * **Differs from Go**: a goroutine is shown by the function it was started with, without the frames above it.
 */
export function stacks(): string {
  const running = rt.cur ?? rt.plain
  const all: G[] = []
  for (let g = rt.all; g !== null; g = g.allNext) all.push(g)
  all.sort((a, b) => (a === running ? -1 : b === running ? 1 : a.id - b.id))
  const dump = all.map(
    (g) => `goroutine ${g.id} [${g.waitReason || g.status}]:\n${g.name || 'func'}(...)${createdBy(g)}\n`,
  )
  // The program's own code comes behind the goroutine that runs now, if any, and else first.
  const main = `goroutine 1 [${running === null ? 'running' : 'waiting'}]:\nmain(...)\n`
  if (rt.main === null) dump.splice(running === null ? 0 : 1, 0, main)
  return dump.join('\n')
}

/** A line `created by … in goroutine N` and one of the place, when it was recorded. @internal */
export function createdBy(g: G): string {
  if (g === rt.main) return ''
  // V8's `at f (place)` or `at place`; JavaScriptCore and SpiderMonkey write `f@place`.
  const frame = /^(?:\s*at )?(?:(.*?) \(|(.*?)@)?(\S+?:\d+:\d+)\)?$/m.exec(g.site?.stack ?? '')
  if (frame === null) return `\ncreated by go in goroutine ${g.parent}`
  return `\ncreated by ${frame[1] || frame[2] || 'main'} in goroutine ${g.parent}\n\t${frame[3]}`
}
