import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chan, type SendChan } from '@gmp/chan'
import { go, gosched, numGoroutine, sleep } from '@gmp/core'
import { afterAll, describe, expect, test } from 'vitest'
import { md5All } from './md5-all.ts'
import { Unreadable } from './path.ts'
import { digestsByCrypto, hasMd5sum, makeTree, openFiles } from './tree.ts'
import { walk } from './walk.ts'

const root = makeTree()
const made = [root]
afterAll(() => made.forEach((dir) => rmSync(dir, { recursive: true })))

/** The report as a map from path to digest. */
async function digest(dir: string, workers: number) {
  const report = await go(md5All, dir, { workers })
  return new Map(report.digests.map(({ path, md5 }) => [join(dir, path.toString()), md5]))
}

/** Resolves when nothing is left of a run; fails the test when something stays. */
async function nothingLeft(dir: string) {
  await gosched()
  expect(numGoroutine()).toBe(1)
  if (existsSync('/proc/self/fd')) expect(openFiles(dir)).toEqual([])
}

describe('digests', () => {
  test.for([1, 3, 50])("are node:crypto's, with %i workers", async (workers) => {
    expect(await digest(root, workers)).toEqual(digestsByCrypto(root))
    await nothingLeft(root)
  })

  test.skipIf(!hasMd5sum)("are md5sum's (skipped where GNU md5sum is not installed)", async () => {
    const digests = await digest(root, 8)
    expect(digests.size).toBeGreaterThan(200)
    // One file a call, by standard input: so no name has to be parsed.
    for (const [path, md5] of digests) {
      if (path.includes('/many/')) continue
      const said = execFileSync('sh', ['-c', 'md5sum < "$1"', 'sh', path], { encoding: 'utf8' })
      expect([path, md5]).toEqual([path, said.slice(0, 32)])
    }
  })

  test('come sorted by the bytes of the path', async () => {
    const { digests } = await go(md5All, root, { workers: 8 })
    const paths = digests.map(({ path }) => path.toString('latin1'))
    expect(paths).toEqual([...paths].toSorted((a, b) => (a < b ? -1 : 1)))
  })

  test('of a directory without files are none', async () => {
    expect(await go(md5All, join(root, 'no files'), { workers: 4 })).toEqual({ digests: [], bytes: 0, skipped: 0 })
  })

  test.runIf(process.platform === 'linux')('are found under names that are not UTF-8', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'md5-all-'))
    made.push(dir)
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x66, 0xff])]), 'x')
    const { digests } = await go(md5All, dir, { workers: 1 })
    expect(digests).toEqual([{ path: Buffer.from([0x66, 0xff]), md5: '9dd4e461268c8034f5c8564e155c67a6', bytes: 1 }])
  })
})

test('links are not followed, but the root may be one', async () => {
  const report = await go(md5All, root, { workers: 2 })
  expect(report.skipped).toBe(3)
  expect(report.bytes).toBe([...digestsByCrypto(root).keys()].reduce((sum, path) => sum + statSync(path).size, 0))

  const link = `${root}-link`
  symlinkSync(root, link)
  made.push(link)
  expect((await go(md5All, link, { workers: 2 })).digests).toEqual(report.digests)
})

describe('the first error ends everything, and nothing is left', () => {
  test('the root is not there', async () => {
    const missing = join(root, 'missing')
    await expect(go(md5All, missing, { workers: 8 })).rejects.toThrow(`${missing}: no such file or directory`)
    await nothingLeft(root)
  })

  test('a file is gone when a worker opens it', async () => {
    const dir = makeTree()
    made.push(dir)
    const result = go(md5All, dir, {
      workers: 4,
      onDigest({ path }) {
        // The first of 200; the walker knows the others by now.
        if (path.toString().startsWith('many/'))
          for (const name of readdirSync(join(dir, 'many'))) rmSync(join(dir, 'many', name))
      },
    })
    const error: unknown = await result.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Unreadable)
    expect((error as Error).message).toMatch(/\/many\/\d+: no such file or directory/)
    await nothingLeft(dir)
  })

  test('whoever looks at the digests throws', async () => {
    const stop = new Error('enough')
    const result = go(md5All, root, {
      workers: 4,
      onDigest() {
        throw stop
      },
    })
    await expect(result).rejects.toBe(stop)
    await nothingLeft(root)
  })

  test.for([0, 1, 5, 20])('it is killed after %i ms', async (ms) => {
    const result = go(md5All, root, { workers: 4 })
    await sleep(ms)
    const took = result.kill('killed')
    await expect(result).rejects.toBe(took ? 'killed' : undefined)
    await nothingLeft(root)
  })

  test('a walker that nobody receives from ends when it is told to', async () => {
    const files = chan<Buffer>()
    const abort = new AbortController()
    const walker = go(walk, root, files as SendChan<Buffer>, abort.signal)
    await sleep(5)
    abort.abort(new Error('enough'))
    await expect(walker).rejects.toThrow('enough')
    expect(await files.recvOk()).toEqual({ ok: false, value: undefined })
    await nothingLeft(root)
  })
})
