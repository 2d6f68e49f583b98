/*
 * The host of Node, Bun and Deno; see host.ts.
 *
 * Context   AsyncLocalStorage keeps its stores in a frame that follows promises and host callbacks by itself. A
 *           generator goroutine is resumed by our loop, so its frame has to be put back by hand: capture() takes it
 *           when `go` is called, and Context.runInAsyncScope() restores it round each resumption. Measured on Node 24:
 *           capture() 30–60 ns, restoring 20–45 ns, AsyncLocalStorage.snapshot() 1.5–6 µs (rejected for that). The empty
 *           frame is recognised by the symbol under which AsyncResource keeps it, so a program that uses no store pays
 *           capture() and nothing at each resumption; where a runtime has no such symbol every goroutine restores.
 *           `GMPDEBUG=asynccontext=0` turns all of it off.
 */

import { standardHost, type Context, type Host, type Serializer } from './host.ts'
import { watchEnd, type Kernel } from './end.ts'

interface AsyncResource extends Context {
  [key: symbol]: unknown
}
interface AsyncHooks {
  AsyncResource: new (type: string) => AsyncResource
  AsyncLocalStorage: new () => { run<R>(store: unknown, fn: () => R): R; disable(): void }
}
interface BufferClass {
  allocUnsafeSlow(bytes: number): Uint8Array<ArrayBuffer>
  readonly prototype: {
    fill(this: Uint8Array, value: Uint8Array, start: number, end: number): void
    copy(this: Uint8Array, target: Uint8Array, at: number, start: number, end: number): void
  }
}
declare const setImmediate: (fn: () => void) => unknown
declare const setTimeout: (fn: () => void, ms: number) => unknown
declare const console: { error(text: string): void }
declare const process: {
  env: Record<string, string | undefined>
  versions: Record<string, string | undefined>
  on(event: 'beforeExit' | 'exit', listener: (code: number) => void): void
  exit(code: number): never
  getBuiltinModule(name: string): unknown
}

/** @internal */
export function defaultHost(kernel: Kernel): Host {
  const settings = parseSettings(process.env['GMPDEBUG'])
  watchEnd(kernel, process, (text) => {
    console.error(text)
    process.exit(2)
  })
  // console.log of a goroutine would show the kernel's fields.
  Object.defineProperty(kernel.goroutine, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: Kernel['goroutine']) {
      return `Goroutine ${this.id} ${this.name} [${this.waitReason || this.status}]`
    },
  })
  return standardHost({
    macrotask: (fn: () => void) => void setImmediate(fn),
    // Thrown from a task of its own, so that it reaches the host and not the code that reports it.
    report(error: unknown) {
      setTimeout(() => {
        throw error
      }, 0)
    },
    threadId: () => (process.getBuiltinModule('node:worker_threads') as { threadId: number }).threadId,
    serializer: () => (serializer ??= newSerializer()),
    atExit: (fn: () => void) => process.on('exit', fn),
    setting: (name: string) => settings[name],
    ...(settings['asynccontext'] === '0' ? {} : asyncContext()),
  })
}

let serializer: Serializer | undefined

/**
 * Of shared memory V8's set() and slice() copy a word at a time, as the memory model wants it. Those of Buffer are memcpy: nobody else
 * has these bytes at the time. Measured on Node 24, 1 MiB: in 98 → 45 µs, out, with the new buffer, 260 → 120 µs.
 */
function newSerializer(): Serializer {
  const { serialize, deserialize } = process.getBuiltinModule('node:v8') as Serializer
  const { Buffer } = process.getBuiltinModule('node:buffer') as { Buffer: BufferClass }
  const { fill, copy } = Buffer.prototype
  return {
    serialize,
    deserialize,
    // To fill a range with as many bytes is to copy them. On Deno byte by byte.
    ...(process.versions['deno'] === undefined && {
      copyIn: (shared: Uint8Array, at: number, source: Uint8Array) => fill.call(shared, source, at, at + source.length),
    }),
    copyOut(shared, start, end) {
      // All of it is written over.
      const target = Buffer.allocUnsafeSlow(end - start)
      copy.call(shared, target, 0, start, end)
      return target
    },
  }
}

/** `a=1,b=2` as an object; a word without `=` is a setting with the value '1'. */
function parseSettings(text = ''): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((word) => {
      const [name = '', value = '1'] = word.split('=')
      return [name.trim(), value.trim()]
    }),
  )
}

function asyncContext(): Pick<Host, 'capture' | 'detached'> {
  const { AsyncResource, AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks') as AsyncHooks
  const take = () => new AsyncResource('gmp')
  const symbols = Object.getOwnPropertySymbols
  // What a resource looks like with a store tells how this runtime keeps stores. disable() takes the trial back: on
  // Node 22 a storage left enabled slows every promise down. In a scope, because run() leaves a frame behind.
  const trial = new AsyncLocalStorage()
  const full = take().runInAsyncScope(() => trial.run(1, take), undefined, undefined)
  trial.disable()
  const empty = take()
  const frame = symbols(full).find((s) => s.description === 'context_frame')
  if (frame !== undefined && full[frame] !== undefined) {
    empty[frame] = undefined
    return {
      capture: () => {
        const resource = take()
        return isEmpty(resource[frame]) ? null : resource
      },
      detached: (fn) => empty.runInAsyncScope(fn, undefined, undefined),
    }
  }
  // Node 22: each storage in use adds a symbol of its own to every resource.
  const bare = symbols(full).filter((s) => s.description !== 'kResourceStore').length
  const visible = symbols(full).length > bare
  return {
    capture: () => {
      const resource = take()
      return visible && symbols(resource).length === bare ? null : resource
    },
    detached: (fn) => fn(),
  }
}

/** A frame is a Map from storage to store. Node leaves one of undefined stores behind when a top-level run() ends. */
function isEmpty(frame: unknown): boolean {
  if (frame === undefined) return true
  if (!(frame instanceof Map)) return false
  for (const store of frame.values()) if (store !== undefined) return false
  return true
}
