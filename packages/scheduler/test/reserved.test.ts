import * as scheduler from '@gmp/scheduler'
import { expect, test } from 'vitest'

test('exports nothing until its first feature comes', () => {
  expect(Object.keys(scheduler)).toEqual([])
})
