/*
 * From the name of a function to the function, on a thread that has to run it.
 */

import { Panic, type Arena } from './kernel.ts'
import { readName } from './names.ts'
import { insideOf, namesIn, registered, type Body } from './registry.ts'

/** A function to run. */
export interface Loaded {
  readonly body: Body
  readonly isAsync: boolean
}

const AsyncFunction = /* @__PURE__ */ (() => Object.getPrototypeOf(async () => {}) as object)()

const loadedOf = (body: Body): Loaded => ({ body, isAsync: Object.getPrototypeOf(body) === AsyncFunction })

/** The functions this thread knows, by the address of their name; promises for those whose module is being imported. */
const known = new Map<number, Loaded | Promise<Loaded>>()

/** How many modules are being imported for their tasks: what they start at their top level is a mistake (submit.ts). */
export const imports = { open: 0 }

/** The function with this name. Imports its module the first time. */
export function load(arena: Arena, address: number): Loaded | Promise<Loaded> {
  const found = known.get(address)
  if (found !== undefined) return found
  const { url, name } = readName(arena, address)
  const here = registered(url, name)
  if (here !== undefined) {
    const loaded = loadedOf(here)
    known.set(address, loaded)
    return loaded
  }
  const coming = importOf(url, name).then(loadedOf)
  known.set(address, coming)
  // A module that failed is tried again by the next task: it may have been a file that was not there yet.
  void coming.then(
    (loaded) => known.set(address, loaded),
    () => known.delete(address),
  )
  return coming
}

/** The function with this name; imports its module if need be. */
export async function importOf(url: string, name: string): Promise<Body> {
  let module: Record<string, unknown>
  imports.open++
  try {
    module = (await import(url)) as Record<string, unknown>
  } catch (cause) {
    throw noModule(url, name, cause)
  } finally {
    imports.open--
  }
  const exported = module[name]
  const body = registered(url, name) ?? insideOf(exported)?.body ?? exported
  if (typeof body !== 'function') throw noTask(url, name, module)
  return body as Body
}

function noModule(url: string, name: string, cause: unknown): Panic {
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  const panic = new Panic(
    'GMP_SCHED_NO_MODULE',
    `gmp/scheduler: the module of task ${name} cannot be imported: ${url}: ${why}`,
  )
  panic.cause = cause
  return panic
}

function noTask(url: string, name: string, module: Record<string, unknown>): Panic {
  const names = [
    ...new Set([...namesIn(url), ...Object.keys(module).filter((key) => typeof module[key] === 'function')]),
  ]
  const has = names.length === 0 ? 'no function at all' : names.join(', ')
  return new Panic(
    'GMP_SCHED_NO_TASK',
    `gmp/scheduler: there is no task ${name} in ${url}: it has ${has}; the name must be that of task() or of an exported function`,
  )
}
