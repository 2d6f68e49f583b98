/*
 * The whole suite, as one module.
 */

import { cases as chan } from './cases/chan.ts'
import { cases as context } from './cases/context.ts'
import { cases as core } from './cases/core.ts'
import { cases as patterns } from './cases/patterns.ts'
import { cases as scheduler } from './cases/scheduler.ts'
import { cases as sync } from './cases/sync.ts'
import { runSuite, type Result } from './suite.ts'

export const run = (): Promise<Result[]> => runSuite({ core, chan, sync, context, patterns, scheduler })
