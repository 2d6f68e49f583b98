import { stress } from '@gmp/core/testing'
import { afterEach, test } from 'vitest'
import { racy, suite } from './suite.ts'

suite({ test, afterEach })

if (process.env['RUNNERS'] === 'fail') {
  test('a failure says how to run it again', async () => {
    await stress(racy, { runs: 1000 })
  })
}
