/*
 * Our own channels, driven by generators.
 */
import { abort } from '../gmp/abort.ts'
import { contextChild, contextTimeout, contextTimeoutChild, contextTree, contextValue } from '../gmp/context.ts'
import { eventloop } from '../gmp/eventloop.ts'
import { fan } from '../gmp/fan.ts'
import { limiter, map8, pipeline4, pipeline4Wait } from '../gmp/patterns.ts'
import { pingpong } from '../gmp/pingpong.ts'
import { select2, select4, selectIdle } from '../gmp/select.ts'
import { sieve } from '../gmp/sieve.ts'
import { stream } from '../gmp/stream.ts'
import { parked, spawn } from '../gmp/tasks.ts'
import { bounded, mutex, mutex100, mutexUsing, once, rwmutex, semaphore, waitgroup } from '../gmp/sync.ts'
import type { Programs } from '../harness/program.ts'

export const load = async (): Promise<Programs> => ({
  unbuffered: stream(0),
  buffered100: stream(100),
  pingpong,
  select2,
  select4,
  fan,
  sieve,
  spawn,
  parked,
  abort,
  eventloop,
  'select-idle': selectIdle,
  'context-tree-10k': contextTree,
  'context-tree': contextTree,
  'context-child': contextChild,
  'context-timeout': contextTimeout,
  'context-timeout-child': contextTimeoutChild,
  'context-value': contextValue,
  mutex,
  'mutex-using': mutexUsing,
  'mutex-100': mutex100,
  rwmutex,
  waitgroup,
  once,
  semaphore,
  bounded,
  map8,
  pipeline4,
  'pipeline4-wait': pipeline4Wait,
  limiter,
})
