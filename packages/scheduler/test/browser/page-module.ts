/*
 * What the page of browser.test.ts does: each thing once, and then it sends what came of it to the test.
 */

import { sleep } from '@gmp/core'
import { dump, go, gomaxprocs, numThreads, start, stats, stop, tasks } from '@gmp/scheduler'
import * as t from './tasks.ts'

declare const location: { readonly href: string; readonly origin: string; readonly search: string }

const scenarios: Record<string, () => unknown> = {
  isolated: () => (globalThis as unknown as { crossOriginIsolated: boolean }).crossOriginIsolated,
  start: () => {
    try {
      start({ procs: 2 })
      return 'started'
    } catch (error) {
      return (error as { code: string; message: string }).code + ': ' + (error as Error).message
    }
  },
  add: () => go(t.add, 20, 22),
  echo: async () => {
    const { list, map } = (await go(t.echo, { list: [1, 'grün', null], map: new Map([['k', new Date(5)]]) })) as { list: unknown[]; map: Map<string, Date> } // prettier-ignore
    return [...list, map.get('k')?.getTime()]
  },
  realm: () => go(t.realm),
  many: async () => {
    const results = await Promise.all(Array.from({ length: 5000 }, (_, i) => go(t.add, i, 1)))
    return results.every((r, i) => r === i + 1)
  },
  fib: () => go(t.fib, 10),
  fails: () =>
    go(t.fails).then(
      () => 'fine',
      (e: Error) => `${e.name}: ${e.message} (${(e.cause as Error).message})`,
    ),
  killed: () => {
    const parked = go(t.sleeps, 60_000)
    void sleep(20).then(() => parked.kill('enough'))
    return parked.then(
      () => 'fine',
      (reason: unknown) => reason,
    )
  },
  timeout: () =>
    go(t.sleeps.with({ timeout: 20 }), 60_000).then(
      () => 'fine',
      (e: Error) => e.name,
    ),
  refused: () => {
    try {
      void go(t.echo, { f: () => 1 })
      return 'fine'
    } catch (e) {
      return (e as Error).message
    }
  },
  missing: () =>
    go(tasks<{ f(): void }>(new URL('./no-such-module.js', location.href)).f).then(
      () => 'fine',
      (e: { code: string }) => e.code,
    ),
  stray: () => go(t.throwsLater),
  blocking: async () => {
    await gomaxprocs(1)
    const blocked = go(t.blocks, `${location.origin}/wait`)
    const others = await Promise.all([go(t.add, 1, 2), go(t.add, 3, 4)])
    await fetch('/go')
    return [...others, await blocked]
  },
  stuck: async () => {
    const loop = go(t.spin, `${location.origin}/wait`)
    const others = await Promise.all([go(t.add, 1, 2), go(t.add, 3, 4)])
    await fetch('/go')
    return [...others, await loop]
  },
  'stuck for good': () =>
    go(t.spinForGood.with({ timeout: 50 })).then(
      () => 'fine',
      (e: Error) => e.name,
    ),
  numbers: () => ({ threads: numThreads() > 1, handOffs: stats().handOffs > 0, preemption: stats().preemption }),
  dump: async () => {
    const parked = go(t.sleeps, 60_000)
    await go(t.add, 1, 1)
    const text = await dump()
    parked.kill()
    await parked.then(
      () => {},
      () => {},
    )
    return text
  },
  stop: async () => {
    await stop()
    return go(t.add, 1, 1)
  },
  'last stop': () => stop(),
}

const results: Record<string, unknown> = {}
for (const [name, run] of Object.entries(scenarios)) {
  // What stands still until something else has happened would stand still for good on the page's own thread.
  if (location.search === '?local' && /^(?:stray|blocking|stuck.*|dump)$/.test(name)) continue
  const late = sleep(300_000).then(() => 'nothing came')
  try {
    results[name] = (await Promise.race([run(), late])) ?? null
  } catch (error) {
    results[name] = `threw ${String(error)}`
  }
}
await fetch('/done', { method: 'POST', body: JSON.stringify(results) })
