import * as sync from '@gmp/sync'
import { expect, test } from 'vitest'

test('exports nothing until its first feature comes', () => {
  expect(Object.keys(sync)).toEqual([])
})
