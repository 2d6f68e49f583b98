/*
 * Checks that the lockfile names packages and integrities only: no registry's host, no path.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'

const lines = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8').split('\n')
lines.forEach((line, index) => {
  if (!/:\/\/|\btarball:|(?<![\w-])file:/.test(line)) return
  process.exitCode = 1
  console.log(`pnpm-lock.yaml:${index + 1}: ${line.trim()}`)
})
