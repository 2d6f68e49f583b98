/*
 * What the two threads of the `thread-` rows have in common.
 */
import type { SharedChan } from '@gmp/chan'

/** Five fields, as a message has them. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly ok: boolean
  readonly size: number
  readonly tag: string
}

export const item = (id: number): Item => ({ id, name: 'a name', ok: true, size: 1.5, tag: 'tag' })

/** What is to be done with what comes on `there`: its sum is sent on `back`, or each value one larger. */
export interface Job {
  readonly what: 'sum' | 'echo' | 'items'
  readonly there: SharedChan<never>
  readonly back: SharedChan<number>
}
