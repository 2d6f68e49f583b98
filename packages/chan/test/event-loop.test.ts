import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chan, recv, select, send } from '@gmp/chan'
import { go, gosched, numGoroutine, sleep, wait } from '@gmp/core'
import { rt, swapHost } from '@gmp/core/internal'
import { Random, VirtualHost } from 'testkit'
import { expect, test } from 'vitest'

/** How far a look at the clock moves it: an operation is a few looks at most, so a slice is many of them. */
const STEP = 0.05
/** What a slice may overrun its 10 ms by: the quantum that ran when it ended looked at the clock a few times. */
const SLACK = 20 * STEP

/** How many goroutines start a successor, which inherits the slice and does the same. */
const CHAINS = 10

/** How many loops stand before a sleeper in the queue, each with a slice of its own. */
function loopsOf(name: string): number {
  if (name === ALL) return CHAINS + Object.keys(loads).length
  return name === 'goroutines that start their successors' ? CHAINS : 1
}

const ALL = 'all of these at once'

/** Makes load until it is told to stop. Everything it starts must end then. */
type Load = (stop: () => boolean) => void

const loads: Record<string, Load> = {
  'two goroutines that hand one value back and forth': (stop) => {
    const [ping, pong] = [chan<number>(), chan<number>()]
    go(function* () {
      while (!stop()) {
        yield* ping.send(1)
        yield* pong.recv()
      }
      ping.close()
    })
    go(function* () {
      while ((yield* ping.recvOk()).ok) yield* pong.send(1)
    })
  },
  'async functions that hand one value back and forth': (stop) => {
    const [ping, pong] = [chan<number>(), chan<number>()]
    go(async () => {
      while (!stop()) {
        await ping.send(1)
        await pong.recv()
      }
      ping.close()
    })
    go(async () => {
      for await (const _ of ping) await pong.send(1)
    })
  },
  'a goroutine whose operations never block': (stop) => {
    const ch = chan<number>(1)
    go(function* () {
      while (!stop()) {
        yield* ch.send(1)
        yield* ch.recv()
      }
    })
  },
  'an async function whose operations never block': (stop) => {
    const ch = chan<number>(1)
    go(async () => {
      while (!stop()) {
        await ch.send(1)
        await ch.recv()
      }
    })
  },
  'a goroutine and an async function on the same channels': (stop) => {
    const [ping, pong] = [chan<number>(), chan<number>(1)]
    go(async () => {
      while (!stop()) {
        await ping.send(1)
        await pong.recv()
      }
      ping.close()
    })
    go(function* () {
      while ((yield* ping.recvOk()).ok) yield* pong.send(1)
    })
  },
  'goroutines that give way to each other': (stop) => {
    for (let i = 0; i < 3; i++) {
      go(function* () {
        while (!stop()) yield* gosched()
      })
    }
  },
  'async functions that give way to each other': (stop) => {
    for (let i = 0; i < 3; i++) {
      go(async () => {
        while (!stop()) await gosched()
      })
    }
  },
  'a goroutine that starts others and joins them': (stop) => {
    go(function* () {
      while (!stop()) yield* go(function* () {})
    })
  },
  'an async function that starts others and joins them': (stop) => {
    go(async () => {
      while (!stop()) await go(async () => {})
    })
  },
  'goroutines that start their successors': (stop) => {
    const next = (): void => {
      if (!stop()) go(next)
    }
    for (let i = 0; i < CHAINS; i++) go(next)
  },
  'selects in a goroutine': (stop) => {
    const [a, b] = [chan<number>(1), chan<number>()]
    go(function* () {
      while (!stop()) yield* select([send(a, 1), recv(a), recv(b)])
    })
  },
  'awaited selects': (stop) => {
    const [a, b] = [chan<number>(1), chan<number>()]
    go(async () => {
      while (!stop()) await select({ put: send(a, 1), take: recv(a), never: recv(b) })
    })
  },
  'a goroutine that waits for settled promises': (stop) => {
    const ch = chan<number>(1)
    go(function* () {
      while (!stop()) {
        yield* wait(Promise.resolve())
        yield* ch.send(1)
        yield* ch.recv()
      }
    })
  },
  [ALL]: (stop) => {
    for (const [name, load] of Object.entries(loads)) if (name !== ALL) load(stop)
  },
}

/** The real loop's turns: what the program would do between two of the runtime's slices. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

async function idle(): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet = rt.scheduled || numGoroutine() > 1 || rt.deferred.length > 0 ? 0 : quiet + 1)
    await turn()
}

/** Runs on a virtual clock that moves at each look. */
async function virtually(program: (host: VirtualHost) => Promise<void>): Promise<void> {
  await idle()
  const host = new VirtualHost({ random: new Random(1).bits, step: STEP })
  const old = swapHost(host)
  await program(host)
  await idle()
  swapHost(old)
}

test.for(Object.entries(loads))('the host has its turn once in a slice under %s', async ([, load]) => {
  await virtually(async (host) => {
    const turns: number[] = []
    let stopped = false
    load(() => stopped)
    for (let i = 0; i < 30; i++) {
      await turn()
      turns.push(host.elapsed)
    }
    stopped = true
    await idle()
    const gaps = turns.slice(1).map((at, i) => at - (turns[i] ?? 0))
    expect(Math.max(...gaps), 'the longest gap between two turns, in virtual ms').toBeLessThanOrEqual(10 + SLACK)
    // The load was a load: slices were used up.
    expect(turns.at(-1)).toBeGreaterThan(100)
  })
})

test.for(Object.entries(loads))(
  'a sleeper waits one slice for each loop before it, and no more, under %s',
  async ([name, load]) => {
    await virtually(async (host) => {
      let stopped = false
      load(() => stopped)
      const late: number[] = []
      const sleepers = [
        go(function* () {
          for (let i = 0; i < 20; i++) {
            const due = host.elapsed + 5
            yield* sleep(5)
            late.push(host.elapsed - due)
          }
        }),
        go(async () => {
          for (let i = 0; i < 20; i++) {
            const due = host.elapsed + 5
            await sleep(5)
            late.push(host.elapsed - due)
          }
        }),
      ]
      await Promise.all(sleepers)
      stopped = true
      await idle()
      expect(Math.min(...late), 'how early').toBeGreaterThanOrEqual(0)
      expect(Math.max(...late), 'how late, in virtual ms').toBeLessThanOrEqual(loopsOf(name) * (10 + SLACK))
    })
  },
)

test('a slice that is over ends for both idioms: nothing of either runs before the host had its turn', async () => {
  await virtually(async (host) => {
    const ch = chan<number>(1)
    let stopped = false
    let operations = 0
    go(async () => {
      while (!stopped) {
        await ch.send(1)
        operations++
      }
    })
    go(function* () {
      while (!stopped || ch.len > 0) {
        yield* ch.recv()
        operations++
      }
    })
    while (!rt.expired) await Promise.resolve()
    const before = operations
    const time = host.elapsed
    for (let i = 0; i < 50; i++) await Promise.resolve()
    expect(operations - before).toBeLessThanOrEqual(2)
    expect(host.elapsed - time).toBeLessThan(1)
    await turn()
    await turn()
    expect(operations).toBeGreaterThan(before + 2)
    stopped = true
    while (numGoroutine() > 1) {
      ch.trySend(0)
      ch.tryRecv()
      await turn()
    }
  })
})

test.for(Object.entries(loads))('a request to a server in this process is answered under %s', async ([, load]) => {
  const server = createServer((_request, response) => response.end('alive'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let stopped = false
  try {
    load(() => stopped)
    const { port } = server.address() as AddressInfo
    const body = await new Promise<string>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent: false }, (response) => {
        response.setEncoding('utf8').once('data', resolve)
      }).once('error', reject)
    })
    expect(body).toBe('alive')
  } finally {
    stopped = true
    server.close()
  }
  await idle()
})
