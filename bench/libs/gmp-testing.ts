/*
 * What @gmp/core/testing costs: a program beside which it is loaded, and one in a bubble.
 */
import * as testing from '@gmp/core/testing'
import { pingpong } from '../gmp/pingpong.ts'
import type { Programs } from '../harness/program.ts'

export const loadUnused = async (): Promise<Programs> => {
  // No bundler or compiler may leave it out.
  if (typeof testing.bubble !== 'function') throw new Error('@gmp/core/testing is not there')
  return { pingpong }
}

export const loadBubble = async (): Promise<Programs> => ({
  pingpong: async (n) => testing.bubble(() => pingpong(n)),
})
