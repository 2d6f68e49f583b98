import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { readPackages, root } from '../packages.ts'

/** The files that a program which imports these goes into production with. */
async function bundled(specifiers: readonly string[]): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: specifiers.map((name) => `export * from '${name}'`).join('\n'), resolveDir: `${root}/examples` },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['@gmp/source'],
    external: ['node:*'],
  })
  return Object.keys(metafile.inputs)
}

test('nothing of @gmp/core/testing is in a program that does not import it', async () => {
  const names = ['core', 'chan', 'sync', 'context', 'patterns'].map((name) => `@gmp/${name}`)
  expect(readPackages().map(({ manifest }) => manifest.name)).toEqual(expect.arrayContaining(names))
  const files = await bundled(names)
  expect(files.some((file) => file.endsWith('core/src/loop.ts'))).toBe(true)
  expect(files.filter((file) => file.includes('testing'))).toEqual([])
  expect((await bundled(['@gmp/core/testing'])).some((file) => file.includes('core/src/testing/bubble.ts'))).toBe(true)
})
