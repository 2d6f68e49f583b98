import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { anchorsOf, brokenLinks, linksOf } from '../check-links.ts'

test('headings have anchors as on GitHub', () => {
  const text = '# A `b`: c & d\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n\n### [x](y) z\n'
  expect(anchorsOf(text)).toEqual(['a-b-c--d', 'twice', 'twice-1', 'x-z'])
})

test('links are found, but not in code', () => {
  expect(linksOf('[a](b.md) `[c](d)` ![e](<f.png>)\n\n[g]: h.md\n\n```ts\nx[i](j)\n```\n')).toEqual([
    'b.md',
    'f.png',
    'h.md',
  ])
})

test('what is not there is told: files, headings, and outside of the repository', () => {
  const root = mkdtempSync(join(tmpdir(), 'gmp-links-'))
  try {
    mkdirSync(join(root, 'docs'))
    writeFileSync(
      join(root, 'README.md'),
      '# Top\n[a](docs/a.md#here) [b](docs/a.md#there) [c](docs) [d](../out) [e](https://x.y/)',
    )
    writeFileSync(join(root, 'docs/a.md'), '# Here\n[up](../README.md#top) [no](../none.md) [self](#here)')
    const github = 'https://github.com/gmp-ts/gmp/blob/main/docs'
    writeFileSync(join(root, 'docs/b.md'), `[good](${github}/a.md#here) [bad](${github}/c.md)`)
    expect(brokenLinks('README.md', root)).toEqual([
      'README.md: docs/a.md#there: no such heading',
      'README.md: ../out is not there',
    ])
    expect(brokenLinks('docs/a.md', root)).toEqual(['docs/a.md: ../none.md is not there'])
    expect(brokenLinks('docs/b.md', root)).toEqual([`docs/b.md: ${github}/c.md is not there`])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
