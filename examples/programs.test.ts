/*
 * Runs every program of this folder and compares what it prints with its last comment.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { FROM_SOURCES, HANGS } from '../testkit/src/from-sources.ts'

const here = new URL('.', import.meta.url)
const programs = readdirSync(here).filter((name) => /^[\w-]+\.ts$/.test(name))

test.for(programs)('%s prints what it says', (name) => {
  const source = readFileSync(new URL(name, here), 'utf8')
  const [, ...outputs] = source.split(/^\/\/ Output:\n/m)
  expect(source).toMatch(/^\/\/ [A-Z].*\.\n\n/)
  expect(outputs).toHaveLength(1)
  const wanted = outputs[0]?.replaceAll(/^\/\/ ?/gm, '')

  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...FROM_SOURCES, fileURLToPath(new URL(name, here))],
    { encoding: 'utf8', timeout: HANGS },
  )
  expect({ stdout, stderr, status }).toEqual({ stdout: wanted, stderr: '', status: 0 })
})
