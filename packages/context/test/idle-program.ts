/*
 * A program for host.test.ts: it must end at once.
 */

import { background, withCancel, withTimeout } from '@gmp/context'
import { Hour } from '@gmp/core'

console.log((globalThis as { [key: symbol]: unknown })[Symbol.for('gmp.core.1')])
withTimeout(background(), Hour)
// Below a parent that may end a deadline has a timer; when the last is canceled the host's goes too.
const [parent] = withCancel(background())
for (let i = 0; i < 3; i++) withTimeout(parent, Hour)[1]()
console.log(String(background()))
