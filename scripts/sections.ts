/*
 * Parts of Markdown files that a program writes: between `<!-- name -->` and `<!-- /name -->`.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'

/** Tables are laid out by the formatter; what counts is what is in them. */
const essence = (text: string): string => text.replaceAll(/[ \t]+|-{3,}/g, '').trim()

/**
 * Compares a section with what `make` gives for it, and says when they differ; writes it when `write` is true. Answers an
 * exit code.
 */
export function replaceSection(file: string, name: string, write: boolean, make: (old: string) => string): 0 | 1 {
  const path = join(root, file)
  const text = readFileSync(path, 'utf8')
  const parts = new RegExp(`(<!-- ${name} -->\\n\\n?)([\\s\\S]*?)(\\n?\\n<!-- /${name} -->)`).exec(text)
  if (parts === null) throw new Error(`${file} has no section ${name}`)
  const [whole, begin = '', old = '', end = ''] = parts
  const made = make(old)
  if (essence(made) === essence(old)) return 0
  if (write) {
    writeFileSync(
      path,
      text.replace(whole, () => `${begin}${made}${end}`),
    )
    console.log(`wrote ${name} into ${file}`)
    return 0
  }
  console.log(`${file}: what it says about ${name} is not what was measured:\n${made}`)
  return 1
}
