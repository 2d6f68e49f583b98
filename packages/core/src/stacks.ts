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
  const rest: G[] = []
  for (let g = rt.all; g !== null; g = g.allNext) if (g !== running) rest.push(g)
  rest.sort((a, b) => a.id - b.id)
  const dump = rest.map(stackOf)
  if (rt.main === null) dump.unshift(`goroutine 1 [${running === null ? 'running' : 'waiting'}]:\nmain(...)\n`)
  if (running !== null) dump.unshift(stackOf(running))
  return dump.join('\n')
}

/** The dump of what is parked, for a program that will not go on. @internal */
export function parkedStacks(): string {
  return stacks().replace('goroutine 1 [running]:', 'goroutine 1 [top-level await]:')
}

function stackOf(g: G): string {
  const created = createdBy(g)
  return `goroutine ${g.id} [${g.waitReason || g.status}]:\n${g.name || 'anonymous'}(...)\n${created === '' ? '' : `${created}\n`}`
}

/** `created by … in goroutine N` and the place, when it was recorded. @internal */
export function createdBy(g: G): string {
  if (g === rt.main) return ''
  const [caller, place] = siteOf(g.site)
  return `created by ${caller} in goroutine ${g.parent}${place === '' ? '' : `\n\t${place}`}`
}

/** The function and the place of the first frame of a recorded site. */
function siteOf(site: Error | null): [caller: string, place: string] {
  if (site === null) return ['go', '']
  const lines = (site.stack ?? '').split('\n')
  // V8 puts a header line first and writes `at f (place)`; JavaScriptCore and SpiderMonkey write `f@place`.
  const line = lines.find((l) => /^\s+at |@/.test(l))?.trim() ?? ''
  const v8 = /^at (?:(?:async )?(.*?) \()?([^()]*)\)?$/.exec(line)
  if (v8 !== null) return [v8[1] ?? 'main', v8[2] ?? '']
  const at = line.indexOf('@')
  return [line.slice(0, at) || 'main', line.slice(at + 1)]
}
