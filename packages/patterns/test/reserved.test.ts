import * as patterns from '@gmp/patterns'
import { expect, test } from 'vitest'

test('exports nothing until its first feature comes', () => {
  expect(Object.keys(patterns)).toEqual([])
})
