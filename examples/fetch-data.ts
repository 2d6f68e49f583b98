// A request that gives up: fetchData has five seconds and the server never answers; one caller has less.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { background, DeadlineExceeded, withTimeout, type Context } from '@gmp/context'
import { go, numGoroutine, Second } from '@gmp/core'

async function fetchData(parent: Context, url: string): Promise<string> {
  const [ctx, cancel] = withTimeout(parent, 5 * Second)
  using _ = cancel
  const response = await fetch(url, { signal: ctx.signal })
  return response.text()
}

// It takes requests and never answers.
const server = createServer(() => console.log('server: a request')).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Asks in vain, and tells how that ends and when. */
async function ask(ctx: Context, limit: number): Promise<void> {
  const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'))
  const start = performance.now()
  try {
    console.log(await go(fetchData, ctx, url))
  } catch (error) {
    console.log('client:', error instanceof DeadlineExceeded, (error as Error).message)
  }
  const ms = performance.now() - start
  console.log('in time:', ms >= limit && ms < limit + 5 * Second)
  await closed
  console.log('the socket is closed')
}

await ask(background(), 5 * Second)

// Deadlines only shrink: what this caller allows is less than five seconds.
const [impatient, cancel] = withTimeout(background(), 200)
await ask(impatient, 200)
cancel()

server.close()
console.log('goroutines:', numGoroutine())

// Output:
// server: a request
// client: true context deadline exceeded
// in time: true
// the socket is closed
// server: a request
// client: true context deadline exceeded
// in time: true
// the socket is closed
// goroutines: 1
