import { stress } from '@gmp/core/testing'
import { racy, suite, type Runner } from './suite.ts'

// Jest's are globals; their types are another package.
const { afterEach, test } = globalThis as unknown as Runner
suite({ test, afterEach })

if (process.env['RUNNERS'] === 'fail') {
  test('a failure says how to run it again', async () => {
    await stress(racy, { runs: 1000 })
  })
}
