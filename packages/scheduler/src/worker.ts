/*
 * The entry of the scheduler's threads. Nothing happens where it is imported by anybody else.
 */

import { whenSetUp } from '#platform'
import { runThread } from './run-thread.ts'

whenSetUp(runThread)
