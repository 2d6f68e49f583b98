/*
 * Things that tell when somebody looks at them or changes them.
 *
 * What      Every field of a channel's record, a lock, a wait group, and of the queues in them, is made an accessor, so that the
 *           explorer knows which goroutine had to do with which thing: a thing it never touched cannot have told it anything.
 *           Only in scenarios that tell their state, and only things made in them.
 */

import { WaitQueue } from '../wait-queue.ts'

/** The values of the fields of objects whose fields are accessors now. */
const values = /* @__PURE__ */ new WeakMap<object, Record<PropertyKey, unknown>>()

/**
 * Has `touched` called before each look at a field of `object` and each change of one. Again, for fields that came since.
 * @internal
 */
export function watch(object: object, touched: () => void): void {
  const fields = object as Record<PropertyKey, unknown>
  const store = values.get(object) ?? {}
  values.set(object, store)
  for (const key of Reflect.ownKeys(object)) {
    if (Object.hasOwn(store, key)) continue
    store[key] = fields[key]
    Object.defineProperty(object, key, {
      configurable: true,
      enumerable: true,
      get: () => {
        touched()
        return store[key]
      },
      set: (value: unknown) => {
        touched()
        store[key] = value
      },
    })
    if (store[key] instanceof WaitQueue) watch(store[key], touched)
  }
}

/** The object in which the fields of `object` are to be read without touching it. @internal */
export function fieldsOf(object: object): object {
  return values.get(object) ?? object
}
