import * as context from '@gmp/context'
import { expect, test } from 'vitest'

test('exports nothing until its first feature comes', () => {
  expect(Object.keys(context)).toEqual([])
})
