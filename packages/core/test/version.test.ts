import { expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { VERSION } from '../src/version.ts'

test('the version in the sources is the one of the package', () => {
  expect(VERSION).toBe(manifest.version)
})
