/*
 * The command line, in processes of its own.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { FROM_SOURCES, HANGS } from '../../testkit/src/from-sources.ts'
import { digestsByCrypto, hasMd5sum, makeTree, parseList } from './tree.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const root = makeTree()
afterAll(() => rmSync(root, { recursive: true }))

function run(args: string[], user?: number) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...FROM_SOURCES, MAIN, ...args], {
    encoding: 'utf8',
    timeout: HANGS,
    maxBuffer: 1 << 26,
    ...(user === undefined ? {} : { uid: user, gid: user, cwd: '/' }),
  })
  return { stdout, stderr, status }
}

const MANY = digestsByCrypto(root).size

describe('prints', () => {
  test('totals and one digest', () => {
    const { stdout, stderr, status } = run([root])
    expect(stdout).toMatch(
      new RegExp(
        `^${root}: ${MANY} files, 5\\.\\d MB, 3 links and special files left out\\n` +
          `[\\d.]+ s with 8 workers on \\d+ cores?, [\\d.]+ MB/s\\nMD5 of all: [0-9a-f]{32}\\n$`,
      ),
    )
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  })

  test('a list in the format of md5sum', () => {
    const { stdout, stderr, status } = run([root, '--list', '--workers', '2'])
    expect(parseList(stdout)).toEqual(digestsByCrypto(root))
    expect(stderr).toMatch(/with 2 workers on/)
    expect(status).toBe(0)
  })

  test.skipIf(!hasMd5sum)("md5sum's own list and digest of all (skipped where GNU md5sum is not installed)", () => {
    const find = (dir: string) => `find "${dir}" -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum`
    const shell = (command: string, cwd: string) => execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8' })
    expect(run([root, '--list', '--quiet']).stdout).toBe(shell(find(root), '/'))
    expect(run([`${root}///`, '--quiet']).stdout).toBe(shell(`(${find('.')}) | md5sum`, root).replace('  -', ''))
  })

  test('the list into a file', () => {
    const file = `${root}.md5`
    expect(run([root, '--quiet', '--output', file])).toEqual({ stdout: '', stderr: '', status: 0 })
    expect(parseList(readFileSync(file, 'utf8'))).toEqual(digestsByCrypto(root))
    rmSync(file)
  })

  test('the help', () => {
    const { stdout, status } = run(['--help'])
    expect(stdout).toMatch(/^Usage: md5-all \[directory\]/)
    expect(status).toBe(0)
  })
})

describe('says in one line what is wrong, and exits with 1', () => {
  const wrong = (args: string[], text: string) =>
    expect(run(args)).toEqual({ stdout: '', stderr: `md5-all: ${text}\n`, status: 1 })

  test('a path that is not there', () => {
    const missing = join(root, 'not\nhere')
    wrong(
      [missing],
      `${JSON.stringify(missing)}: no such file or directory: check the path, or run again if it was deleted meanwhile`,
    )
  })
  test('a file', () => wrong([`${root}/empty`], `${root}/empty: not a directory: give the directory the file is in`))
  test('workers', () =>
    wrong([root, '--workers', 'x'], "expected --workers to be a whole number from 1 to 10000, got 'x'"))
  test('an option', () => wrong([root, '--fast'], "Unknown option '--fast' (see --help)"))
  test('two directories', () => wrong([root, root], 'expected one directory, got 2 (see --help)'))
  test('an empty name', () => wrong([''], 'expected a directory, got an empty name'))
  test('a list that cannot be written', () =>
    wrong(
      [`${root}/a`, '--quiet', '--output', `${root}/no/list`],
      `cannot write the list: ENOENT: no such file or directory, open '${root}/no/list'`,
    ))

  // Root may read everything, so root tries as somebody else.
  const user = process.getuid?.() === 0 ? 65_534 : undefined
  const possible = process.platform !== 'win32' && run(['--help'], user).status === 0
  test.skipIf(!possible)('a file that may not be read (skipped where it cannot be tried as an ordinary user)', () => {
    const dir = join(root, 'private')
    mkdirSync(dir)
    chmodSync(root, 0o755)
    writeFileSync(join(dir, 'key'), 'secret')
    const denied = 'permission denied: run as a user who may read it, or move it out of the tree'
    chmodSync(join(dir, 'key'), 0)
    expect(run([dir], user)).toEqual({ stdout: '', stderr: `md5-all: ${join(dir, 'key')}: ${denied}\n`, status: 1 })
    chmodSync(dir, 0)
    expect(run([root], user)).toEqual({ stdout: '', stderr: `md5-all: ${dir}: ${denied}\n`, status: 1 })
    chmodSync(dir, 0o700)
    rmSync(dir, { recursive: true })
  })
})
