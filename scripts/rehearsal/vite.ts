/*
 * The scheduler's threads in a project that vite builds, with the configurations that packages/scheduler/README.md gives: a
 * page, built and from the development server, opened in Chromium where there is one; and a program for Node that
 * needs nothing but what was built.
 */

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { execa } from 'execa'
import * as vite from 'vite'
import { findChromium } from '../../testkit/src/chromium.ts'
import { root } from '../packages.ts'
import type { Sandbox } from './sandbox.ts'

const FILES = {
  'src/tasks.js': `
import { go, task } from '@gmp/scheduler'
export const elsewhere = task(import.meta.url, 'elsewhere', (id) => id !== globalThis.main)
export const fib = task(import.meta.url, 'fib', function* (n) {
  if (n < 2) return n
  const [a, b] = [go(fib, n - 1), go(fib, n - 2)]
  return (yield* a) + (yield* b)
})
`,
  'src/main.js': `
import { go } from '@gmp/scheduler'
import { elsewhere, fib } from './tasks.js'
globalThis.main = 1
const work = async () => \`ran \${await go(elsewhere, 1)} \${await go(fib, 10)}\`
const said = await work().catch((error) => String(error))
if (typeof document === 'undefined') console.log(said)
else await fetch('/result', { method: 'POST', body: said })
`,
  'index.html': '<!doctype html><title>threads</title><script type="module" src="/src/main.js"></script>',
}

const RAN = 'ran true 55'

/** The block of the README that is a file of this name. */
function configuration(name: string): string {
  const readme = readFileSync(join(root, 'packages/scheduler/README.md'), 'utf8')
  const block = readme.split('```js\n').find((part) => part.startsWith(`// ${name}\n`))
  if (block === undefined) throw new Error(`packages/scheduler/README.md has no ${name}`)
  return block.split('```')[0] as string
}

/** What a page says with POST /result. */
class Results {
  readonly #said = Promise.withResolvers<string>()
  readonly said: Promise<string> = this.#said.promise

  readonly #listen = (request: IncomingMessage, response: ServerResponse): void => {
    text(request).then(this.#said.resolve, this.#said.reject)
    response.end()
  }
  readonly plugin: vite.Plugin = {
    name: 'results',
    configureServer: ({ middlewares }) => void middlewares.use('/result', this.#listen),
    configurePreviewServer: ({ middlewares }) => void middlewares.use('/result', this.#listen),
  }
}

/** Opens the page of one of vite's servers, and answers what it says. */
async function open(chromium: string, url: string, profile: string, { said }: Results): Promise<string> {
  // No sandbox: containers have none to give, and the page is ours.
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`, url]
  const browser = execa(chromium, args, { reject: false, timeout: 60_000, stdin: 'ignore' })
  try {
    const ended = browser.then(({ shortMessage }) => `no result: ${shortMessage ?? 'the browser ended'}`)
    return await Promise.race([said, ended])
  } finally {
    browser.kill()
    await browser
  }
}

function expectRan(where: string, said: string): void {
  if (said.trim() !== RAN) throw new Error(`${where} said:\n${said}`)
}

/** Builds a page and a program in `folder`, which has the package installed, and runs them. */
export async function threadsOfVite(sandbox: Sandbox, folder: string): Promise<void> {
  const dir = join(sandbox.dir, folder)
  sandbox.folder(folder, FILES)
  for (const name of ['vite.config.js', 'vite.server.config.js']) writeFileSync(join(dir, name), configuration(name))

  await sandbox.run(folder, 'vite', 'build', '--config', 'vite.server.config.js')
  const alone = sandbox.folder(`${folder}-vite`, { 'package.json': { private: true, type: 'module' } })
  cpSync(join(dir, 'dist-server'), join(sandbox.dir, alone, 'dist-server'), { recursive: true })
  expectRan('the program that vite built', await sandbox.run(alone, process.execPath, 'dist-server/main.js'))

  await sandbox.run(folder, 'vite', 'build')
  const chromium = findChromium()
  if (chromium === undefined) return console.log('         the page that vite built is not opened: no Chromium here')
  const profile = join(sandbox.dir, 'chromium')
  const common = { root: dir, configFile: join(dir, 'vite.config.js'), logLevel: 'silent' } as const
  const where = { host: '127.0.0.1', port: 0 }

  const built = new Results()
  const preview = await vite.preview({ ...common, plugins: [built.plugin], preview: where })
  try {
    const url = preview.resolvedUrls?.local[0] ?? ''
    expectRan('the page that vite built', await open(chromium, url, profile, built))
  } finally {
    await preview.close()
  }
  const developed = new Results()
  const server = await vite.createServer({ ...common, plugins: [developed.plugin], server: where })
  try {
    await server.listen()
    const url = server.resolvedUrls?.local[0] ?? ''
    expectRan("the page of vite's server", await open(chromium, url, profile, developed))
  } finally {
    await server.close()
  }
}
