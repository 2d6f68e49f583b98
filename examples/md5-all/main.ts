/*
 * Prints the MD5 of every file of a directory, or of all of them as one: Go's bounded-parallel pipeline on a real tree.
 *
 *   node --conditions=@gmp/source examples/md5-all/main.ts --help
 */

import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Second } from '@gmp/core'
import { go, gomaxprocs } from '@gmp/scheduler'
import { md5All, type Report } from './md5-all.ts'
import { Unreadable, under } from './path.ts'
import { megabytes, startProgress } from './progress.ts'
import type { Digest } from './worker.ts'

const HELP = `Usage: md5-all [directory] [options]

Prints how many files a directory tree has, and one MD5 of them all, computed on all cores. Links inside it are not
followed. The directory is the workspace's installed node_modules unless given.

  -w, --workers N     have N files in hand at a time (default 8)
  -l, --list          print 'digest  path' for each file, sorted by path, as md5sum does
  -o, --output FILE   write that list to FILE
  -q, --quiet         no progress bar and no totals, only the result
  -h, --help          this text

The MD5 of all is that of the list made inside the directory:
  find . -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum | md5sum

GOMAXPROCS=N in the environment uses N cores; GMPDEBUG=schedtrace=1000 shows the scheduler at work, each second.
`

interface Settings {
  root: string
  workers: number
  list: boolean
  output: string | undefined
  quiet: boolean
}

/** What the user has to change; said without a stack. */
class UsageError extends Error {}

try {
  await main()
} catch (error) {
  process.exitCode = 1
  const said = error instanceof Unreadable || error instanceof UsageError
  process.stderr.write(`md5-all: ${said ? error.message : ((error as Error).stack ?? String(error))}\n`)
}

async function main(): Promise<void> {
  const settings = settingsOf(process.argv.slice(2))
  if (settings === undefined) {
    process.stdout.write(HELP)
    return
  }
  const { root, workers, list, output, quiet } = settings
  const start = performance.now()
  const report = await go(function* () {
    if (quiet) return yield* md5All(root, { workers })
    const progress = startProgress(root)
    try {
      return yield* md5All(root, { workers, onDigest: (digest) => progress.step(digest.bytes) })
    } finally {
      yield* progress.stop()
    }
  })
  const seconds = (performance.now() - start) / Second

  if (output !== undefined) await writeList(output, lines(report, root))
  if (list) await print(lines(report, root))
  if (!quiet) {
    // Beside a list on standard output, the totals must not be taken for lines of it.
    const totals = list ? process.stderr : process.stdout
    totals.write(totalsOf(report, settings, seconds))
    totals.write(`MD5 of all: ${digestOfAll(report)}\n`)
  } else if (!list && output === undefined) {
    process.stdout.write(`${digestOfAll(report)}\n`)
  }
}

/** Reads the command line; undefined: the user wants the help. */
function settingsOf(args: string[]): Settings | undefined {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  if (positionals.length > 1) throw new UsageError(`expected one directory, got ${positionals.length} (see --help)`)
  const workers = Number(values.workers)
  if (!Number.isInteger(workers) || workers < 1 || workers > 10_000) {
    throw new UsageError(`expected --workers to be a whole number from 1 to 10000, got '${values.workers}'`)
  }
  const given = positionals[0] ?? relative('.', fileURLToPath(new URL('../../node_modules', import.meta.url)))
  if (given === '') throw new UsageError('expected a directory, got an empty name')
  const { list, output, quiet } = values
  return { root: given.replace(/(?<=.)\/+$/, ''), workers, list, output, quiet }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        workers: { type: 'string', short: 'w', default: '8' },
        list: { type: 'boolean', short: 'l', default: false },
        output: { type: 'string', short: 'o' },
        quiet: { type: 'boolean', short: 'q', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]} (see --help)`)
  }
}

/** The lines of md5sum. It marks a line whose path it had to escape by a backslash in front. */
function* lines(report: Report, root: string): Generator<Buffer> {
  for (const { md5, path } of report.digests) yield line(md5, under(root, path))
}

function line(md5: Digest['md5'], path: Buffer): Buffer {
  // Bytes as Latin-1 text and back: escaping must not touch names that are not UTF-8.
  const plain = path.toString('latin1')
  const escaped = plain.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  return Buffer.from(`${escaped === plain ? '' : '\\'}${md5}  ${escaped}\n`, 'latin1')
}

function digestOfAll(report: Report): string {
  const hash = createHash('md5')
  for (const text of lines(report, '.')) hash.update(text)
  return hash.digest('hex')
}

function totalsOf({ digests, bytes, skipped }: Report, { root, workers }: Settings, seconds: number): string {
  const others = skipped > 0 ? `, ${skipped} links and special files left out` : ''
  return (
    `${root}: ${digests.length} files, ${megabytes(bytes)}${others}\n` +
    `${seconds.toFixed(2)} s with ${workers} workers on ${cores(gomaxprocs())}, ${megabytes(bytes / seconds)}/s\n`
  )
}

function cores(count: number): string {
  return count === 1 ? '1 core' : `${count} cores`
}

async function writeList(file: string, list: Iterable<Buffer>): Promise<void> {
  try {
    await pipeline(Readable.from(list), createWriteStream(file))
  } catch (error) {
    throw new UsageError(`cannot write the list: ${(error as Error).message}`, { cause: error })
  }
}

async function print(list: Iterable<Buffer>): Promise<void> {
  try {
    await pipeline(Readable.from(list), process.stdout, { end: false })
  } catch (error) {
    // The reader has had enough: `md5-all --list | head`.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}
