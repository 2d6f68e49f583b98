/*
 * README.md's figures are those of results.json here: node bench/readme.ts tells when they are not.
 *
 * `--write [result.json]`, or `pnpm bench:readme`, takes a result of `pnpm bench` into results.json and the README: that of
 * the last run, if none is named.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../scripts/sections.ts'
import { readResult, stringify } from './harness/result.ts'
import { speed } from './harness/speed.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
const kept = join(import.meta.dirname, 'results.json')
const last = join(import.meta.dirname, '../dist/bench/result.json')

const write = values.write === true
const result = readResult(write ? (positionals[0] ?? last) : kept)
const section = speed(result)
if (write) writeFileSync(kept, stringify(result))
process.exitCode = replaceSection('README.md', 'speed', write, () => section)
