/*
 * The report of a result, on any machine: node bench/report.ts [result.json [report.html]], or `pnpm bench:report`. Without
 * names it is of the result that is checked in.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { page } from './harness/page.ts'
import { readResult } from './harness/result.ts'

const [
  from = join(import.meta.dirname, 'results.json'),
  to = join(import.meta.dirname, '../dist/bench/report.html'),
  ...rest
] = process.argv.slice(2)
if (rest.length > 0) throw new Error('usage: node bench/report.ts [result.json [report.html]]')

const text = page(readResult(from))
mkdirSync(dirname(to), { recursive: true })
writeFileSync(to, text)
console.log(`wrote ${to}`)
