/*
 * Tasks: functions that any thread may run.
 *
 * What      A function cannot cross to another thread; the URL of its module and its name in it can. task() keeps all three
 *           together: here the function need not even be called, and on the thread that runs it, the module is imported and
 *           task(), called there, has the function ready under its name.
 */

import { expected } from './errors.ts'
import { Panic, shown, type GoFn, type Goroutine } from './kernel.ts'
import { NO_OPTIONS, register, TASK, type Body, type TaskInside, type TaskOptions } from './registry.ts'
import { submit } from './submit.ts'

/**
 * A function that any thread may run, as task() and tasks() make it. Calling it is `go()` of it: it starts as a
 * goroutine on the next free processor, and what comes back is its handle.
 */
export interface Task<in A extends unknown[], out R> {
  (...args: A): Goroutine<R>
  /** The URL of its module. */
  readonly url: string
  /** Its name there. */
  readonly name: string
  /** The same task with other options; those not named stay. */
  with(options: TaskOptions): Task<A, R>
}

function make<A extends unknown[], R>(inside: TaskInside): Task<A, R> {
  const run = (...args: A): Goroutine<R> => submit(inside, args) as Goroutine<R>
  return Object.defineProperties(run, {
    [TASK]: { value: inside },
    url: { value: inside.url, enumerable: true },
    name: { value: inside.name, enumerable: true },
    with: {
      value: (options: TaskOptions) => make(withOptions(inside, options)),
    },
  }) as unknown as Task<A, R>
}

function withOptions(inside: TaskInside, options: TaskOptions): TaskInside {
  return { ...inside, options: { ...inside.options, ...checked(options) } }
}

function checked(options: TaskOptions): TaskOptions {
  if (typeof options !== 'object' || options === null) throw expected('the options of a task to be an object', options)
  const { timeout, signal } = options
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw expected('`timeout` to be a number of milliseconds from 0 on', timeout)
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw expected('`signal` to be an AbortSignal', signal)
  }
  return options
}

/** A URL object. */
export interface UrlLike {
  readonly href: string
}

declare const URL: { canParse(url: string): boolean }

/** A module's URL: absolute, for another thread has nothing that it could be relative to. */
function moduleUrl(url: unknown): string {
  const text = typeof url === 'string' ? url : String((url as UrlLike | undefined)?.href)
  if (URL.canParse(text)) return text
  throw new Panic(
    'GMP_SCHED_BAD_URL',
    `gmp/scheduler: expected the URL of a module, as import.meta.url or new URL('./m.js', import.meta.url), got ${shown(url)}`,
  )
}

/**
 * Makes `fn` a task: a function that any thread may run. Call it at the top level of a module, with `import.meta.url` and a
 * name that is used once in it; other threads import the module and find the function under that name. So what stands
 * at the top level of the module happens once in each of them: keep tasks in modules of their own.
 *
 * `fn` may be plain, async or a generator function, as for go(). Its arguments and its result cross threads: see go().
 *
 * **Throws** a Panic: `GMP_SCHED_BAD_URL` when `url` is no absolute URL, `GMP_SCHED_BAD_ARGUMENT` when `name` is empty or
 * `fn` is no function.
 */
export function task<A extends unknown[], R>(
  url: string | UrlLike,
  name: string,
  fn: GoFn<A, R>,
  options: TaskOptions = NO_OPTIONS,
): Task<A, R> {
  const at = moduleUrl(url)
  if (typeof name !== 'string' || name === '') throw expected('the name of a task', name)
  if (typeof fn !== 'function') throw expected(`task ${name} to be a function`, fn)
  const body = fn as unknown as Body
  register(at, name, body)
  return make({ url: at, name, options: checked(options), body, arena: null, address: 0 })
}

/** The tasks that the functions of a module are, by name. */
export type Tasks<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: TaskOf<M[K]>
}

/** The task that a function is. */
type TaskOf<F> =
  F extends Task<infer A, infer R>
    ? Task<A, R>
    : F extends (...args: infer A) => infer R
      ? Task<A, R extends Generator<unknown, infer V, never> ? V : Awaited<R>>
      : never

/**
 * The exported functions of a module as tasks, without loading it here: `tasks<typeof import('./m.js')>(new URL('./m.js',
 * import.meta.url))`. Whether a name is there shows when the task runs. Functions called `then` and `toJSON` are none, for
 * JavaScript calls them by itself.
 *
 * **Throws** a Panic with code `GMP_SCHED_BAD_URL` when `url` is no absolute URL.
 */
export function tasks<M>(url: string | UrlLike): Tasks<M> {
  const at = moduleUrl(url)
  const made = new Map<string, unknown>()
  return new Proxy(Object.create(null) as object, {
    get(_, name) {
      if (name === Symbol.toPrimitive) return () => `tasks of ${at}`
      // What the language calls by itself, on `await` and JSON.stringify(), would start a task.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined
      let one = made.get(name)
      if (one === undefined)
        made.set(name, (one = make({ url: at, name, options: NO_OPTIONS, body: null, arena: null, address: 0 })))
      return one
    },
  }) as Tasks<M>
}
