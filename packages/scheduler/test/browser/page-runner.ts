/*
 * A real browser for a test: bundles a page, serves it on the loopback address, and runs it headless.
 *
 * Browser   Chromium, or another one of that family: the one that GMP_CHROMIUM names, or of this machine. Without it the test says so
 *           and skips.
 * Bundle    One file each for the page, its tasks and the threads' entry, with what they share in chunks: what any bundler
 *           makes of `new Worker(new URL('./worker.js', import.meta.url))` in the end.
 * Isolated  The headers that give a page shared memory, or none of them.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** As quiet as it goes: no process sandbox, which root may not have, and no traffic of its own. */
const FLAGS = '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --remote-debugging-port=0' // prettier-ignore

const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The files of the page, by path. */
export async function bundle(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: {
      page: source('page-module.ts'),
      tasks: source('tasks.ts'),
      worker: source('../../src/worker.ts'),
    },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@gmp/source'],
    outdir: source('.'),
    write: false,
  })
  return new Map(outputFiles.map(({ path, text }) => [path.slice(source('.').length - 1).replace(/^\/*/, '/'), text]))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

/** Runs the page in a browser of its own; gives what it sends. */
export async function runPage(
  browser: string,
  files: Map<string, string>,
  isolated: boolean,
): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {}
  const { promise: results, resolve: done } = Promise.withResolvers<Record<string, unknown>>()
  const waiting: (() => void)[] = []
  let ahead = 0
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?') as [string]
    if (path === '/wait') {
      // Either of the two may come first.
      const goOn = (): void => void response.writeHead(200, headers).end('went on')
      if (ahead === 0) waiting.push(goOn)
      else {
        ahead--
        goOn()
      }
      return
    }
    if (path === '/go') {
      const goOn = waiting.shift()
      if (goOn === undefined) ahead++
      else goOn()
      response.end()
      return
    }
    if (path === '/done') {
      void bodyOf(request).then((body) => done(JSON.parse(body) as Record<string, unknown>))
      response.end()
      return
    }
    const text = path === '/' ? '<!doctype html><script type="module" src="/page.js"></script>' : files.get(path)
    response.writeHead(text === undefined ? 404 : 200, {
      ...headers,
      // Requests for the same file wait for each other in Chromium's cache, for 20 s when one of them stands still.
      'Cache-Control': 'no-store',
      'Content-Type': path === '/' ? 'text/html' : 'text/javascript',
    })
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const profile = mkdtempSync(join(tmpdir(), 'gmp-browser-'))
  const child = spawn(browser, [...FLAGS.split(' '), `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/${isolated ? '' : '?local'}`]) // prettier-ignore
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const gone = new Promise<never>((_, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the browser ended with exit code ${code}:\n${said}`)))
  })
  try {
    return await Promise.race([results, gone])
  } finally {
    gone.catch(() => {})
    child.kill('SIGKILL')
    server.close()
    server.closeAllConnections()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
