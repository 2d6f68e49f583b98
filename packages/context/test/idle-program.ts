/*
 * A program for host.test.ts: it must end at once.
 */

import { background, withTimeout } from '@gmp/context'
import { Hour } from '@gmp/core'

console.log((globalThis as { [key: symbol]: unknown })[Symbol.for('gmp.core.1')])
withTimeout(background(), Hour)
console.log(String(background()))
