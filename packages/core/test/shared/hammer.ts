/*
 * What threads do in the tests of the shared kernel; see threads.ts.
 */

import { parentPort, threadId, workerData } from 'node:worker_threads'
import { attach } from '@gmp/core/internal'
import { Random } from 'testkit'
import { alloc, free } from '../../src/shared/alloc.ts'
import { arenaOf, type SharedMemory } from '../../src/shared/arena.ts'
import { lock, unlock } from '../../src/shared/futex.ts'
import { bury } from '../../src/shared/death.ts'
import { join, push, recordOf } from '../../src/shared/thread.ts'
import type { Job } from './threads.ts'

attach()
const { program, memory, index, count, seed, address, n } = workerData as Job
const arena = arenaOf(memory as SharedMemory)
const thread = join(arena, threadId)
const random = new Random(seed + index)

const programs: Record<string, () => unknown> = {
  /** A counter that is no atomic, under a lock: address is the lock, the next line the counter. */
  lock() {
    let taken = 0
    for (let i = 0; i < n; i++) {
      if (lock(arena, address)) taken++
      const value = arena.i32[address + 16] as number
      if (random.chance(0.01)) for (let spin = random.int(1000); spin > 0; spin--) Atomics.load(arena.i32, address + 32)
      arena.i32[address + 16] = value + 1
      unlock(arena, address)
    }
    return taken
  },
  /** Takes the lock and dies with it. */
  dieWithLock() {
    lock(arena, address)
    bury(arena, arena.me)
    return 0
  },
  /** Blocks are allocated here and freed by the next thread: handed on through inboxes. */
  handOn() {
    // Everybody has joined when the counter says so: the threads of this run are the last ones.
    Atomics.add(arena.i32, address, 1)
    while (Atomics.load(arena.i32, address) < count) Atomics.wait(arena.i32, address, 0, 1)
    const first = Atomics.load(arena.i32, 5) - count + 1
    const next = recordOf(arena, first + ((arena.tid - first + 1) % count))
    let received = 0
    let sum = 0
    thread.handle(0, (block) => {
      const words = arena.i32[block + 2] as number
      for (let i = 3; i < words; i++)
        if (arena.i32[block + i] !== words) throw new Error(`word ${i} of ${block} was overwritten`)
      sum += arena.i32[block + 2] as number
      received++
      free(arena, block)
    })
    let sent = 0
    let sentSum = 0
    while (sent < n || received < n) {
      for (let burst = random.int(50); burst > 0 && sent < n; burst--, sent++) {
        const words = 4 + random.int(random.pick([12, 60, 1000]))
        const block = alloc(arena, words)
        arena.i32[block + 1] = ~0
        arena.i32.fill(words, block + 2, block + words)
        sentSum += words
        push(arena, next, block)
      }
      thread.asleep()
      if (thread.called || sent < n || received === n) thread.awake()
      else thread.sleep(10_000)
      thread.receive()
    }
    return { sum, sentSum, received }
  },
  /** Ping-pong of one block between two threads, which sleep in between: a lost wake-up hangs until the timeout. */
  pingPong() {
    Atomics.add(arena.i32, address, 1)
    while (Atomics.load(arena.i32, address) < count) Atomics.wait(arena.i32, address, 0, 1)
    const first = Atomics.load(arena.i32, 5) - count + 1
    const other = recordOf(arena, first + ((arena.tid - first + 1) % count))
    let turns = 0
    let late = 0
    thread.handle(0, (block) => {
      turns++
      if (turns <= n) push(arena, other, block)
    })
    if (index === 0) {
      const block = alloc(arena, 16)
      arena.i32[block + 1] = ~0
      push(arena, other, block)
    }
    while (turns < n) {
      thread.asleep()
      if (thread.receive()) {
        thread.awake()
        continue
      }
      const before = performance.now()
      thread.sleep(5000)
      if (performance.now() - before > 4900 && !thread.called) late++
      thread.receive()
    }
    return { turns, late }
  },
}

const answer = programs[program]?.()
if (program !== 'dieWithLock') bury(arena, arena.me)
parentPort?.postMessage(answer)
