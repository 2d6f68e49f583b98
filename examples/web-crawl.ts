// A web crawl: eight requests at a time, two hundred a second, and a deadline for the part of the site that has no end.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { background, DeadlineExceeded, withTimeout, type Context } from '@gmp/context'
import { numGoroutine } from '@gmp/core'
import { Limiter, RateError, WorkerPool } from '@gmp/patterns'

/** The links of each page. The calendar links to the next month, for ever. */
function linksOf(path: string): string[] {
  const month = /^\/calendar\/(\d+)$/.exec(path)?.[1]
  if (month !== undefined) return ['/', `/calendar/${Number(month) + 1}`]
  const site: Record<string, string[]> = {
    '/': ['/about', '/posts', '/calendar/1'],
    '/about': ['/', '/team'],
    '/posts': ['/posts/1', '/posts/2', '/posts/3', '/missing'],
    '/posts/1': ['/posts/2'],
    '/posts/2': ['/posts/1', '/posts/3'],
  }
  return site[path] ?? ['/']
}

let requests = 0
const server = createServer((request, response) => {
  requests++
  const path = request.url ?? '/'
  response.statusCode = path === '/missing' ? 404 : 200
  response.end(
    linksOf(path)
      .map((link) => `<a href="${link}">`)
      .join('\n'),
  )
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** The status of every page that can be reached, until `parent` is done. */
async function crawl(parent: Context): Promise<Map<string, number>> {
  const pages = new Map<string, number>()
  const limiter = new Limiter(200, 5)
  // What is found goes into the queue; who visits a page never waits for that.
  await using pool = new WorkerPool(parent, { workers: 8, queue: Infinity })

  async function visit(path: string, ctx: Context): Promise<void> {
    await limiter.wait(ctx)
    const response = await fetch(site + path, { signal: ctx.signal })
    const text = await response.text()
    pages.set(path, response.status)
    for (const [, link = ''] of text.matchAll(/href="(.*?)"/g)) {
      if (pages.has(link)) continue
      pages.set(link, 0) // Nobody else needs to visit it.
      await pool.submit(visit, link)
    }
  }

  pages.set('/', 0)
  await pool.submit(visit, '/')
  try {
    await pool.drain()
  } catch (error) {
    // A RateError: too little of it is left for another request.
    if (!(error instanceof DeadlineExceeded || error instanceof RateError)) throw error
    console.log('time is up')
  }
  return pages
}

const [ctx, cancel] = withTimeout(background(), 3000)
const began = performance.now()
const pages = await crawl(ctx)
const ms = performance.now() - began
cancel()

const isMonth = (path: string): boolean => path.startsWith('/calendar/')
const paths = [...pages.keys()]
for (const path of paths.filter((one) => !isMonth(one)).toSorted()) console.log(pages.get(path), path)
console.log('months of the calendar:', paths.some(isMonth))
console.log('until the deadline, nearly:', ms >= 2900)
console.log('at the pace:', requests <= 5 + ms * 0.2)
server.close()
server.closeAllConnections()
console.log('goroutines:', numGoroutine())

// Output:
// time is up
// 200 /
// 200 /about
// 404 /missing
// 200 /posts
// 200 /posts/1
// 200 /posts/2
// 200 /posts/3
// 200 /team
// months of the calendar: true
// until the deadline, nearly: true
// at the pace: true
// goroutines: 1
