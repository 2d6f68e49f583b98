/*
 * Where a rehearsal happens: a temporary folder with a home, caches and settings of its own, which name the registry on
 * loopback and no other for what is ours. Nothing in it can publish anywhere else: guard() has to pass first.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../packages.ts'
import { HANGS } from '../run.ts'
import type { Registry } from './registry.ts'

export interface Sandbox {
  readonly dir: string
  readonly registry: Registry
  /** Runs a program in a folder of the sandbox; throws with all it printed when it fails. */
  run(folder: string, command: string, ...args: string[]): Promise<string>
  /** Makes a folder with these files; objects are written as JSON. */
  folder(name: string, files: Record<string, unknown>): string
  remove(): void
}

const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d+\/$/

export function makeSandbox(registry: Registry): Sandbox {
  const dir = mkdtempSync(join(tmpdir(), 'gmp-rehearsal-'))
  const env = {
    // Not HOME: pnpm and npm find their stores there, and the compilers of the workspace are used as they are.
    npm_config_cache: join(dir, 'npm-cache'),
    pnpm_config_cache_dir: join(dir, 'pnpm-cache'),
    // A version that was published a moment ago is what is wanted here.
    pnpm_config_minimum_release_age: '0',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
    CI: '1',
  }
  const { host } = new URL(registry.url)
  const npmrc = `@gmp:registry=${registry.url}\n//${host}/:_authToken=${registry.token}\n`
  return {
    dir,
    registry,
    async run(folder, command, ...args) {
      const result = await execa(command, args, {
        cwd: join(dir, folder),
        all: true,
        reject: false,
        preferLocal: true,
        localDir: root,
        stdin: 'ignore',
        timeout: HANGS,
        // What the pnpm that started us says about registries and folders is not for these.
        env: { ...withoutSettings(process.env), ...env },
        extendEnv: false,
      })
      if (!result.failed) return result.all
      throw new Error(`${command} ${args.join(' ')} (in ${folder}): ${result.shortMessage}\n${result.all}`)
    },
    folder(name, files) {
      for (const [path, content] of Object.entries({ ...files, '.npmrc': npmrc })) {
        const file = join(dir, name, path)
        mkdirSync(join(file, '..'), { recursive: true })
        writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`)
      }
      return name
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^p?npm_(config_(?!registry$)|lifecycle|package)/i.test(name)),
  )
}

/** Throws unless a publish from `folder` would go to the registry of the sandbox, whichever tool does it. */
export async function guard(sandbox: Sandbox, folder: string): Promise<void> {
  const { url } = sandbox.registry
  if (!LOOPBACK.test(url)) throw new Error(`${url} is not on loopback`)
  for (const tool of ['pnpm', 'npm']) {
    const told = (await sandbox.run(folder, tool, 'config', 'get', '@gmp:registry')).trim()
    if (told !== url) throw new Error(`${tool} in ${folder} would publish to ${told || 'its default registry'}`)
  }
}
