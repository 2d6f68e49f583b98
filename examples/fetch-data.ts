// A request that gives up: fetchData has five seconds, its caller less, and the server never answers.

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
const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'))

// Deadlines only shrink: what the caller allows is less than five seconds.
const [ctx, cancel] = withTimeout(background(), 200)
const start = performance.now()
const request = go(fetchData, ctx, url)
try {
  console.log(await request)
} catch (error) {
  console.log('client:', error instanceof DeadlineExceeded, ctx.err()?.message)
}
cancel()
const ms = performance.now() - start
console.log('in time:', ms >= 200 && ms < 2 * Second)

await closed
console.log('the socket is closed')
server.close()
console.log('goroutines:', numGoroutine())

// Output:
// server: a request
// client: true context deadline exceeded
// in time: true
// the socket is closed
// goroutines: 1
