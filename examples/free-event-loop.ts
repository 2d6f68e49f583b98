// A server that hashes in tasks: its event loop stays free, and a client that goes away takes its task with it.

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { go, task } from '@gmp/scheduler'

/** Hashes `text` over and over, as one does to slow down those who guess passwords. No await, no yield. */
const stretch = task(import.meta.url, 'stretch', (text: string, rounds: number) => {
  for (let i = 0; i < rounds; i++) text = createHash('sha256').update(text).digest('hex')
  return text
})

if (import.meta.main) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    if (pathname === '/ping') {
      response.end('pong')
      return
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      response.end(await go(stretch.with({ signal: gone.signal }), 'gmp', Number(searchParams.get('rounds'))))
    } catch {
      console.log('the client has gone, and its task has ended')
      server.close()
    }
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async (path: string, signal?: AbortSignal) => (await fetch(url + path, signal && { signal })).text()

  console.log(await ask('/hash?rounds=1000'))

  // Years of work. The loop that computes it has a thread to itself, so the server goes on answering.
  const impatient = new AbortController()
  const years = ask('/hash?rounds=1e15', impatient.signal).catch((error: Error) => error.name)
  for (let i = 0; i < 3; i++) console.log(await ask('/ping'))
  impatient.abort()
  console.log(await years)
}

// Output:
// 55302272a1bbb394c7bed271f7e8badb17019c02d452fbdf756a88dc4666dce1
// pong
// pong
// pong
// AbortError
// the client has gone, and its task has ended
