/*
 * The compilers and settings that users' programs are checked with, declarations included.
 */

export const compilers = {
  '5.9': 'node_modules/typescript-5.9/lib/tsc.js',
  '6': 'node_modules/typescript/lib/tsc.js',
  '7': 'node_modules/@typescript/native/bin/tsc',
} as const

const strict = {
  target: 'es2023',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: [] as string[],
} as const

/** ESM and CommonJS as Node has them. */
export const nodenext = { ...strict, module: 'nodenext', lib: ['es2023', 'esnext.disposable'] } as const

/** As a bundler for the web has it: the DOM's types and none of Node's. */
export const bundler = {
  ...strict,
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
} as const

/** A program that imports all of `entries`. */
export function importing(entries: readonly string[]): string {
  const imports = entries.map((entry, i) => `import * as e${i} from '${entry}'`).join('\n')
  return `${imports}\nexport const all: object[] = [${entries.map((_, i) => `e${i}`).join(', ')}]\n`
}
