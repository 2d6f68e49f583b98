/*
 * The runtimes that are started as a program: the Node that runs this, and what conformance/runtimes installs.
 */

import { createRequire } from 'node:module'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Runtime {
  readonly name: string
  /** The program and its first arguments; undefined where this platform has none. */
  readonly command: readonly string[] | undefined
}

const modules = join(import.meta.dirname, 'runtimes/node_modules')
const platform = `${process.platform}-${process.arch}`

export function runtimes(): Runtime[] {
  return [
    { name: 'Node 22', command: node(22) },
    { name: 'Node 24', command: [process.execPath] },
    { name: 'Node 26', command: node(26) },
    { name: 'Bun', command: program('@oven', /^bun-(?!.*(musl|android))/, 'bin/bun') },
    { name: 'Deno', command: program('@deno', /./, 'deno', ['run', '-A', '--quiet']) },
  ]
}

function node(major: number): string[] | undefined {
  return find(join(modules, `node-${major}-${platform}`, 'bin/node'))
}

/** npm installs the one package of a scope that is for this platform. */
function program(scope: string, name: RegExp, path: string, args: string[] = []): string[] | undefined {
  const dir = join(modules, scope)
  const fit = existsSync(dir) ? readdirSync(dir).filter((entry) => name.test(entry)) : []
  return find(join(dir, fit[0] ?? '', path), args)
}

function find(path: string, args: string[] = []): string[] | undefined {
  const file = [path, `${path}.exe`].find((candidate) => existsSync(candidate))
  return file === undefined ? undefined : [file, ...args]
}

/** playwright-core, from where it is installed. */
export function playwright(): unknown {
  return createRequire(join(dirname(modules), 'package.json'))('playwright-core')
}
