import { afterEach, test } from 'node:test'
import { stress } from '@gmp/core/testing'
import { racy, suite } from './suite.ts'

suite({ test: (name, fn) => void test(name, fn), afterEach })

if (process.env['RUNNERS'] === 'fail') {
  void test('a failure says how to run it again', async () => {
    await stress(racy, { runs: 1000 })
  })
}
