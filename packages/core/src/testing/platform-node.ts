/*
 * The platform of Node, Bun and Deno; see platform.ts.
 */

import type { Context } from '../host.ts'
import type { Platform } from './platform.ts'

interface Storage {
  run<R>(store: unknown, fn: () => R): R
  getStore(): unknown
}
interface StorageClass {
  new (): Storage
  bind(fn: () => void): () => void
}
interface Modules {
  'node:async_hooks': { AsyncLocalStorage: StorageClass; AsyncResource: new (type: string) => Context }
  'node:v8': { setFlagsFromString(flags: string): void }
  'node:vm': { runInNewContext(code: string): unknown }
  'node:path': { relative(from: string, to: string): string }
  'node:url': { fileURLToPath(url: string): string }
}
declare const process: {
  env: Record<string, string | undefined>
  argv: readonly string[]
  execArgv: readonly string[]
  versions: { bun?: string }
  cwd(): string
  getActiveResourcesInfo?(): string[]
  getBuiltinModule<K extends keyof Modules>(name: K): Modules[K]
}
declare const crypto: { getRandomValues(into: Uint32Array): Uint32Array }
/** Node's, with --expose-gc. */
declare const gc: (() => void) | undefined
declare const Bun: { gc(now: boolean): void }

let storage: Storage | undefined

const hooks = () => process.getBuiltinModule('node:async_hooks')

function scope(store: unknown, outer: Context | null): Context {
  const { AsyncLocalStorage, AsyncResource } = hooks()
  const place = (storage ??= new AsyncLocalStorage())
  // A resource keeps the context it is made in: entering it again costs one step, whatever the context is of.
  const make = () => place.run(store, () => new AsyncResource('gmp'))
  return outer === null ? make() : outer.runInAsyncScope(make, undefined, undefined)
}

/** What lives as long as an event loop, or is ours. */
const IDLE = new Set(['Immediate', 'TTYWrap'])

function collector(): (() => void) | undefined {
  if (process.versions.bun !== undefined) return () => Bun.gc(true)
  if (typeof gc === 'function') return () => gc?.()
  try {
    // A context made after the flag was set has gc().
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
    const found = process.getBuiltinModule('node:vm').runInNewContext('typeof gc === "function" ? gc : undefined')
    return found as (() => void) | undefined
  } catch {
    return undefined
  }
}

/** What of Node's options decides which code a test file finds: its runner hands on every option there is, defaults included. */
const HANDED_ON =
  /^(?:--(?:conditions|import|require|loader|env-file|expose-gc|experimental-(?:loader|strip-types|transform-types))\b|-[Cr])/

/** How the runner was started that this process belongs to. */
function runner(): string {
  const { env, argv, execArgv, versions } = process
  if (env['VITEST'] !== undefined) return 'npx vitest run'
  if (env['JEST_WORKER_ID'] !== undefined) return 'npx jest'
  if (versions.bun !== undefined) return env['NODE_ENV'] === 'test' ? 'bun test' : 'bun'
  const tests = env['NODE_TEST_CONTEXT'] !== undefined
  const args = execArgv.filter((arg) => (tests ? HANDED_ON.test(arg) : !arg.startsWith('--test')))
  return ['node', ...args, ...(tests || argv.length < 2 ? ['--test'] : [])].join(' ')
}

function relative(file: string): string {
  const path = file.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(file) : file
  return process.getBuiltinModule('node:path').relative(process.cwd(), path)
}

/** @internal */
export const platform: Platform = {
  follows: true,
  scope,
  bound: (fn) => hooks().AsyncLocalStorage.bind(fn),
  store: () => storage?.getStore(),
  busy: () => process.getActiveResourcesInfo?.().filter((type) => !IDLE.has(type)) ?? [],
  collector,
  entropy: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  variable: (name) => process.env[name],
  command: (file) => `${runner()} ${file === undefined ? '' : relative(file)}`.trimEnd(),
}
