import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { faults } from '../contents.ts'
import type { Manifest } from '../packages.ts'
import { startRegistry } from '../rehearsal/registry.ts'
import { guard, makeSandbox } from '../rehearsal/sandbox.ts'

test('nothing is published to a registry that is not on loopback, nor where the settings name another', async () => {
  const registry = await startRegistry()
  const elsewhere = makeSandbox({ ...registry, url: 'https://registry.example/' })
  const sandbox = makeSandbox(registry)
  try {
    elsewhere.folder('app', { 'package.json': { private: true } })
    await expect(guard(elsewhere, 'app')).rejects.toThrow('https://registry.example/ is not on loopback')
    sandbox.folder('app', { 'package.json': { private: true }, 'pnpm-workspace.yaml': 'packages: []\n' })
    await guard(sandbox, 'app')
    const other = { ...sandbox, registry: { ...registry, url: 'http://127.0.0.1:1/' } }
    await expect(guard(other, 'app')).rejects.toThrow(`would publish to ${registry.url}`)
  } finally {
    sandbox.remove()
    elsewhere.remove()
    registry.close()
  }
})

test('the registry wants its token and an honest tarball, and publishes a version once', async () => {
  const registry = await startRegistry()
  const data = Buffer.from('a tarball')
  const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`
  const publish = async (token: string, sum = integrity, version = '1.0.0'): Promise<number> => {
    const body = {
      name: '@gmp/x',
      'dist-tags': { latest: version },
      versions: { [version]: { name: '@gmp/x', version, dist: { integrity: sum } } },
      _attachments: { 'x.tgz': { data: data.toString('base64') } },
    }
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${registry.url}@gmp%2fx`, { method: 'PUT', headers, body: JSON.stringify(body) })).status
  }
  try {
    expect(await publish('guess')).toBe(401)
    expect(await publish(registry.token, 'sha512-other')).toBe(400)
    expect(registry.packages.size).toBe(0)
    expect([await publish(registry.token), await publish(registry.token)]).toEqual([201, 403])
    const found = (await (await fetch(`${registry.url}@gmp%2fx/latest`)).json()) as { dist: { tarball: string } }
    expect(await (await fetch(found.dist.tarball)).text()).toBe('a tarball')
    expect((await fetch(`${registry.url}@gmp%2fy`)).status).toBe(404)
  } finally {
    registry.close()
  }
})

test('a package is at fault for what it should not have, what it lacks, and loose pins', () => {
  const manifest: Manifest = {
    name: '@gmp/x',
    version: '1.2.0',
    exports: { '.': { '@gmp/source': './src/index.ts', default: './dist/index.js' }, './b': './dist/b.js' },
    dependencies: { '@gmp/core': '^1.2.0' },
  }
  const files = ['README.md', 'dist/index.js', 'test/a.test.ts', 'package.json'].map((path) => ({ path, size: 1 }))
  expect(faults({ manifest, files })).toEqual([
    '@gmp/x: test/a.test.ts has no business in it',
    '@gmp/x: LICENSE is missing',
    '@gmp/x: exports names dist/b.js, which is not there',
    '@gmp/x: @gmp/core must be pinned to 1.2.0, not ^1.2.0',
  ])
})
