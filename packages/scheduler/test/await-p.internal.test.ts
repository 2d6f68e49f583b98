/*
 * A thread that comes back from a blocking call and finds no P: what it is given, and what is taken from it again. The
 * other threads are played by hand, in the places where this one sleeps.
 */

import { attach, join, makeArena, recordOf, rt } from '@gmp/core/internal'
import { expect, test } from 'vitest'
import { LISTENING } from '../src/block.ts'
import { isStandIn, newStandIn, THREAD } from '../src/g.ts'
import { M } from '../src/m.ts'
import * as P from '../src/p.ts'
import { checkSched, Sched } from '../src/sched.ts'

if (!rt.attached) attach()

function setUp() {
  const arena = makeArena(256)
  const thread = join(arena, 0)
  const sched = new Sched(arena)
  sched.begin(10)
  // Threads that are ordered do not come up.
  sched.makeThread = () => {}
  sched.setProcs(1)
  const m = new M(sched, thread)
  m.adopt(sched.acquireP())
  const p = m.p

  /** Sysmon takes the P, whoever has it. */
  const take = () => {
    const word = Atomics.load(arena.i32, p + P.OWNER)
    Atomics.store(arena.i32, p + P.OWNER, P.owned(word, 0, P.RUNTIME))
  }
  /** Another thread takes the stand-in that this one has queued, and gives it the P. */
  const give = () => {
    const g = sched.takeGlobal(p, true)
    expect([isStandIn(arena, g), arena.i32[g + THREAD]]).toEqual([true, arena.tid])
    sched.giveTo(g, p)
  }
  return { arena, thread, sched, m, p, take, give }
}

test('a P that is taken back before the thread came to get it is asked for again', () => {
  const { arena, thread, sched, m, p, take, give } = setUp()
  const record = recordOf(arena, arena.tid)
  const script = [
    () => {
      give()
      // The machine is busy: nobody comes for 10 ms.
      take()
      expect(sched.revoked(record, p)).toBe(true)
    },
    give,
  ]
  thread.sleep = () => {
    thread.awake()
    const next = script.shift()
    if (next === undefined) throw new Error('asleep for ever')
    next()
  }
  expect(m.blocking(() => (take(), 'done'))).toBe('done')
  expect(script).toEqual([])
  expect([m.p, P.tidOf(Atomics.load(arena.i32, p + P.OWNER))]).toEqual([p, arena.tid])
  expect(checkSched(sched)).toBe(0)
})

test('a message that wakes it meanwhile does not put it in line twice', () => {
  const { thread, sched, m, p, take, give } = setUp()
  const script = [() => {}, give]
  thread.sleep = () => {
    thread.awake()
    script.shift()?.()
  }
  m.blocking(take)
  expect(m.p).toBe(p)
  expect(checkSched(sched)).toBe(0)
})

test('a thread that blocks in a resident, without a P, is given none meanwhile', () => {
  const { sched, m, p } = setUp()
  m.p = 0
  sched.dropP(p)
  sched.idle(LISTENING)
  m.blocking(() => {
    sched.spill([newStandIn(sched.a)], 1)
    sched.wakeP()
    expect([sched.given, sched.idleProcs]).toEqual([false, 1])
  })
  expect(sched.isIdle).toBe(true)
  sched.wakeP()
  expect([sched.given, sched.idleProcs]).toEqual([true, 0])
})

test('a P that gomaxprocs() wants gone does not become idle, however late it is given up', () => {
  const { sched, m } = setUp()
  sched.setProcs(2)
  const second = sched.acquireP()
  // Between two looks of its owner.
  expect(sched.setProcs(1)).toBe(1)
  expect(sched.releaseP(second, m)).toBe(0)
  expect([sched.doomed, sched.idleProcs]).toEqual([0, 0])
  expect(checkSched(sched)).toBe(0)
})
