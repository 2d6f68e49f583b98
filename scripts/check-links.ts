/*
 * Checks that what the Markdown files of the repository link to in it is there: files, folders and headings. Links to
 * this repository on GitHub, as the packages' READMEs have them, are looked up here too.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { readPackages, root } from './packages.ts'

const HERE = /^https:\/\/github\.com\/gmp-ts\/gmp\/(?:blob|tree)\/main\//

/** The anchors of a Markdown text, as GitHub makes them of its headings. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutFences(markdown).matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, heading = '']) => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
}

/** Where a Markdown text links to. */
export function linksOf(markdown: string): string[] {
  const text = withoutFences(markdown).replaceAll(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g), ...text.matchAll(/^\[[^\]]+\]: +(\S+)/gm)].map(
    ([, target = '']) => target,
  )
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** Returns what is wrong with the links of `file`, a path below `from`, one line each. */
export function brokenLinks(file: string, from: string = root): string[] {
  const markdown = readFileSync(join(from, file), 'utf8')
  return linksOf(markdown).flatMap((link) => {
    const local = link.replace(HERE, '/')
    if (/^[a-z]+:/.test(local)) return []
    const [path = '', anchor] = decodeURI(local).split('#')
    const target = path === '' ? file : path.startsWith('/') ? path.slice(1) : join(dirname(file), path)
    const at = join(from, target)
    if (!existsSync(at) || relative(from, at).startsWith('..')) return [`${file}: ${link} is not there`]
    if (anchor === undefined || anchor === '') return []
    const page = statSync(at).isDirectory() ? join(at, 'README.md') : at
    return anchorsOf(readFileSync(page, 'utf8')).includes(anchor) ? [] : [`${file}: ${link}: no such heading`]
  })
}

/** The Markdown files that people read. */
function pages(): string[] {
  const within = (dir: string): string[] =>
    readdirSync(join(root, dir))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(dir, name))
  return ['.', 'docs', 'bench', '.changeset', ...readPackages().map(({ short }) => `packages/${short}`)].flatMap(within)
}

if (import.meta.main) {
  const wrong = pages().flatMap((file) => brokenLinks(file))
  for (const line of wrong) console.log(line)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
