/*
 * A module that starts tasks as soon as it is imported, in every thread.
 */

import { go } from '@gmp/scheduler'
import { add } from './tasks.ts'

await go(add, 1, 2)

export function f(): number {
  return 1
}
