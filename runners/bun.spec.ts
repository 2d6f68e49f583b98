import { stress } from '@gmp/core/testing'
// @ts-expect-error -- Bun's own module; its types are another package.
import * as runner from 'bun:test'
import { racy, suite, type Runner } from './suite.ts'

const { afterEach, test } = runner as Runner
suite({ test, afterEach })

if (process.env['RUNNERS'] === 'fail') {
  test('a failure says how to run it again', async () => {
    await stress(racy, { runs: 1000 })
  })
}
