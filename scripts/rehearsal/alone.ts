/*
 * A small program for each package that uses nothing but that package: the body of an async function of its namespace, `m`,
 * which answers true. The scheduler's threads are in threads.ts.
 */

export const alone: Readonly<Record<string, string>> = {
  core: `
    const g = m.go(function* () {
      yield* m.sleep(1)
      return 42
    })
    return (await g) === 42`,
  chan: `
    const ch = m.chan(1)
    await ch.send(7)
    const r = await m.select({ value: m.recv(ch), late: m.recv(m.after(60000)) })
    return r.case === 'value' && r.value === 7`,
  sync: `
    const mu = new m.Mutex()
    const guard = await mu.lock()
    const held = mu.tryLock() === undefined
    guard[Symbol.dispose]()
    const wg = new m.WaitGroup()
    wg.go(async () => {})
    await wg.wait()
    return held && mu.tryLock() !== undefined`,
  context: `
    const [ctx] = m.withTimeout(m.background(), 2)
    await ctx.done().recv()
    return ctx.err() === m.DeadlineExceeded && ctx.signal.aborted`,
  patterns: `
    const ctx = {
      deadline: () => ({ ok: false, deadline: undefined }),
      done: () => null,
      err: () => null,
      value: () => undefined,
      signal: new AbortController().signal,
    }
    const doubled = await m.pipeline(ctx, [1, 2, 3]).map(async (n) => 2 * n, { workers: 2 }).collect()
    return doubled.join() === '2,4,6'`,
  scheduler: `
    const before = m.numThreads()
    const sum = await m.go(async (a, b) => a + b, 3, 4)
    return sum === 7 && before === 1 && m.gomaxprocs() > 0`,
}
