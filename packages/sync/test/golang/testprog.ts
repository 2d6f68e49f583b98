/*
 * A program that ends badly, run by waitgroup.test.ts in a process of its own.
 *
 * Behaviour and name from Go's src/sync/waitgroup_test.go (BSD-3-Clause, The Go Authors).
 */

import { WaitGroup } from '@gmp/sync'

const wg = new WaitGroup()
wg.go(() => {
  throw new Error('intended panic')
})
await wg.wait()
console.log('wait returned')
