/*
 * The suite in a page of headless Chromium. The page is isolated (COOP and COEP), so that it has shared memory.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { web } from './bundle.ts'
import { playwright } from './runtimes.ts'
import type { Result } from './suite.ts'

/** The part of playwright-core that is used. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; headless: boolean; args: readonly string[] }): Promise<{
      version(): string
      newPage(): Promise<{
        goto(url: string): Promise<unknown>
        evaluate<R>(expression: string): Promise<R>
      }>
      close(): Promise<void>
    }>
  }
}

/** No sandbox: containers have none to give, and the page is ours. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>conformance</title><script type="module" src="page.js"></script>'

export async function inChromium(executablePath: string): Promise<{ version: string; results: Result[] }> {
  const scripts = readdirSync(web)
  const server = createServer((request, response) => {
    const script = scripts.find((name) => request.url === `/${name}`)
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    // Requests for the same file wait for each other in Chromium's cache, for 20 s when one of them stands still.
    response.setHeader('cache-control', 'no-store')
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript')
    response.end(script === undefined ? (request.url === '/' ? PAGE : '') : readFileSync(join(web, script)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const browser = await (playwright() as Playwright).chromium.launch({ executablePath, headless: true, args: FLAGS })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const isolated = await page.evaluate<boolean>('crossOriginIsolated')
    if (!isolated) throw new Error('the page is not isolated')
    return { version: browser.version(), results: await page.evaluate<Result[]>('conformance') }
  } finally {
    await browser.close()
    server.close()
  }
}
