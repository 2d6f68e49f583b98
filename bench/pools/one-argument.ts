/*
 * The functions for pools that hand on one value.
 */
import * as work from './work.ts'

export { primesIn, spin, touch } from './work.ts'

export const add = ([a, b]: [number, number]): number => work.add(a, b)
