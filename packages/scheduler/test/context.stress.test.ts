/*
 * Random trees of tasks, each with contexts made from its parent's, under random cancels and kills: all of them end, and
 * leave nothing behind.
 */

import { background, withCancel, type Context } from '@gmp/context'
import { gosched } from '@gmp/core'
import { go, start } from '@gmp/scheduler'
import { stress } from '@gmp/core/testing'
import { eachSeed, type Random } from 'testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grows, type Tree } from './context-tasks.ts'
import { finish } from './finish.ts'

beforeAll(() => void start({ procs: 3 }))
afterAll(finish)

function tree(random: Random, depth: number): Tree {
  const children = depth === 0 ? [] : Array.from({ length: random.int(4) }, () => tree(random, depth - 1))
  return {
    children,
    kind: random.pick(['cancel', 'value', 'timeout', 'without']),
    wait: random.pick(['park', 'poll', 'select', 'none']),
    cancels: random.chance(0.2),
  }
}

const sizeOf = ({ children }: Tree): number => children.reduce((sum, child) => sum + sizeOf(child), 1)

function isAlone(ctx: Context): boolean {
  return (ctx as unknown as { first: unknown }).first === null
}

test('random trees of tasks end with their contexts', async () => {
  await eachSeed(stress, { runs: 40, announce: console.log }, async (random) => {
    const [ctx, cancel] = withCancel(background())
    const trees = Array.from({ length: 1 + random.int(3) }, () => tree(random, 3))
    const handles = trees.map((one) => go(grows, ctx, one))
    const killed = new Set(handles.filter(() => random.chance(0.15)))
    for (let turns = random.int(200); turns > 0; turns--) await gosched()
    for (const handle of killed) handle.kill('killed')
    for (let turns = random.int(50); turns > 0; turns--) await gosched()
    cancel()
    const results = await Promise.all(handles.map((handle) => Promise.resolve(handle).catch((e: unknown) => e)))
    results.forEach((result, i) => {
      if (!killed.has(handles[i]!) || result !== 'killed') expect(result).toBe(sizeOf(trees[i]!))
    })
    expect(isAlone(ctx)).toBe(true)
  })
})
