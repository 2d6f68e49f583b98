/*
 * Users of one package: it is installed alone, by npm and by pnpm, into an empty project. What it needs comes along and
 * nothing else; it type-checks, runs from ESM and from CommonJS, and in bundles for the web by esbuild and vite.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import { bundler, compilers, importing, nodenext } from '../consumers.ts'
import { readPackages, root, type Package } from '../packages.ts'
import { mapLimit } from '../run.ts'
import { alone } from './alone.ts'
import type { Sandbox } from './sandbox.ts'
import { threads } from './threads.ts'
import { threadsOfVite } from './vite.ts'

const programOf = ({ short }: Package, end = ''): string => `
const program = async (m) => {${alone[short] ?? 'return true'}
}
program(m).then((ok) => {
  console.log(ok === true ? 'ran' : 'wrong', Object.keys(m).length)
  ${end}
})
`

/** What a web page's build waits with, the port of a MessageChannel, would keep Node's program alive. */
const END = 'process.exit()'

/** The packages that a package brings, by following its dependencies. */
function closure(pkg: Package, all: readonly Package[]): string[] {
  const names = new Set<string>()
  const add = ({ manifest }: Package): void => {
    names.add(manifest.name)
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const next = all.find((other) => other.manifest.name === name)
      if (next === undefined) names.add(name)
      else if (!names.has(name)) add(next)
    }
  }
  add(pkg)
  return [...names].toSorted()
}

/** Everything in a folder of modules, scoped names as they are written. */
function installed(modules: string): string[] {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)).map((n) => `${name}/${n}`) : [name]))
    .toSorted()
}

interface LockedByNpm {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>
}

/** Installs one package at `version` by both tools, and looks at what came. */
async function install(sandbox: Sandbox, pkg: Package, wanted: readonly string[], version: string): Promise<void> {
  const { name } = pkg.manifest
  const third = wanted.some((other) => !other.startsWith('@gmp/'))
  const byNpm = sandbox.folder(`npm-${pkg.short}`, { 'package.json': { private: true, type: 'module' } })
  await sandbox.run(byNpm, 'npm', 'install', '--no-audit', '--no-fund', name)
  const lock = JSON.parse(readFileSync(join(sandbox.dir, byNpm, 'package-lock.json'), 'utf8')) as LockedByNpm
  const paths = Object.keys(lock.packages).filter((path) => path !== '')
  const ours = paths.map((path) => path.replace(/^node_modules\//, '')).toSorted()
  // Each once, at the top: two copies of one package would be two run queues.
  if (!third && ours.join() !== wanted.join()) throw new Error(`npm install ${name} brought ${ours.join(', ')}`)
  const gmp = ours.filter((path) => path.includes('@gmp/'))
  if (gmp.join() !== wanted.filter((n) => n.startsWith('@gmp/')).join()) throw new Error(`npm: ${gmp.join(', ')}`)
  for (const path of paths) {
    if (path.includes('@gmp/') && lock.packages[path]?.version !== version) throw new Error(`${path} is not ${version}`)
  }

  const byPnpm = sandbox.folder(`pnpm-${pkg.short}`, {
    'package.json': { private: true, type: 'module' },
    'pnpm-workspace.yaml': 'packages: []\n',
  })
  await sandbox.run(byPnpm, 'pnpm', 'add', name)
  const modules = join(sandbox.dir, byPnpm, 'node_modules')
  if (installed(modules).join() !== name) throw new Error(`pnpm add ${name} gave ${installed(modules).join(', ')}`)
  const virtual = readdirSync(join(modules, '.pnpm')).filter((entry) => entry.startsWith('@gmp+'))
  const expected = wanted.filter((n) => n.startsWith('@gmp/')).map((n) => `${n.replace('/', '+')}@${version}`)
  if (virtual.toSorted().join() !== expected.toSorted().join())
    throw new Error(`pnpm add ${name} brought ${virtual.join(', ')}`)
}

async function runs(sandbox: Sandbox, pkg: Package, folder: string): Promise<void> {
  const { name } = pkg.manifest
  const files = {
    'esm.mjs': `import * as m from '${name}'\n${programOf(pkg)}`,
    'cjs.cjs': `const m = require('${name}')\n${programOf(pkg)}`,
  }
  for (const [file, source] of Object.entries(files)) {
    writeFileSync(join(sandbox.dir, folder, file), source)
    await says(sandbox, folder, file, /^ran \d+$/)
  }
}

async function says(sandbox: Sandbox, folder: string, file: string, wanted: RegExp): Promise<void> {
  const said = await sandbox.run(folder, process.execPath, file)
  if (!wanted.test(said.trim())) throw new Error(`${file} in ${folder} said:\n${said}`)
}

async function typeChecks(sandbox: Sandbox, pkg: Package, folder: string): Promise<void> {
  const dir = join(sandbox.dir, folder)
  const entries = pkg.entries.map(({ specifier }) => specifier)
  for (const file of ['types.mts', 'types.cts']) writeFileSync(join(dir, file), importing(entries))
  const projects = {
    nodenext: { compilerOptions: nodenext, files: ['types.mts', 'types.cts'] },
    bundler: { compilerOptions: bundler, files: ['types.mts'] },
  }
  for (const [project, config] of Object.entries(projects)) {
    writeFileSync(join(dir, `tsconfig.${project}.json`), JSON.stringify(config))
    for (const compiler of Object.values(compilers)) {
      await sandbox.run(
        folder,
        process.execPath,
        join(root, compiler),
        '--pretty',
        'false',
        '-p',
        `tsconfig.${project}.json`,
      )
    }
  }
}

/** What must not be in a web page: the part of core that is for Node. */
const FOR_NODE = /getBuiltinModule|['"`]node:|GMPDEBUG/

async function bundles(sandbox: Sandbox, pkg: Package, folder: string): Promise<void> {
  const dir = join(sandbox.dir, folder)
  const entry = join(dir, 'web.js')
  writeFileSync(entry, `import * as m from '${pkg.manifest.name}'\n${programOf(pkg, END)}`)
  await esbuild.build({
    entryPoints: [entry],
    outfile: join(dir, 'esbuild.mjs'),
    absWorkingDir: dir,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  await vite.build({
    root: dir,
    configFile: false,
    logLevel: 'silent',
    build: { lib: { entry, formats: ['es'], fileName: () => 'vite.mjs' }, outDir: '.', emptyOutDir: false },
  })
  for (const file of ['esbuild.mjs', 'vite.mjs']) {
    const found = FOR_NODE.exec(readFileSync(join(dir, file), 'utf8'))
    if (found !== null) throw new Error(`${file} of ${pkg.manifest.name} has ${found[0]} in it`)
    await says(sandbox, folder, file, /^ran \d+$/)
  }
}

/** Installs each package alone and uses it in every way. */
export async function useAlone(sandbox: Sandbox, version: string): Promise<void> {
  const all = readPackages()
  await mapLimit(all, 2, async (pkg) => {
    await install(sandbox, pkg, closure(pkg, all), version)
    await runs(sandbox, pkg, `pnpm-${pkg.short}`)
    await runs(sandbox, pkg, `npm-${pkg.short}`)
    await typeChecks(sandbox, pkg, `npm-${pkg.short}`)
    await bundles(sandbox, pkg, `npm-${pkg.short}`)
    if (pkg.short !== 'scheduler') return
    await threadsOfVite(sandbox, `npm-${pkg.short}`)
    await threads(sandbox, `npm-${pkg.short}`)
  })
}

/** Brings installed projects to a later version, and makes sure that nothing of the earlier one is left. */
export async function upgrade(sandbox: Sandbox, from: string, to: string): Promise<void> {
  const pkg = readPackages().find(({ short }) => short === 'context')
  if (pkg === undefined) throw new Error('no @gmp/context')
  const { name } = pkg.manifest
  await sandbox.run('npm-context', 'npm', 'install', '--no-audit', '--no-fund', `${name}@latest`)
  await sandbox.run('pnpm-context', 'pnpm', 'update', '--latest', name)
  for (const file of ['npm-context/package-lock.json', 'pnpm-context/pnpm-lock.yaml']) {
    const lock = readFileSync(join(sandbox.dir, file), 'utf8')
    if (lock.includes(`/-/context-${from}`) || lock.includes(`@gmp/core@${from}`))
      throw new Error(`${file} still has ${from}`)
    if (!lock.includes(to)) throw new Error(`${file} does not have ${to}`)
  }
  for (const folder of ['npm-context', 'pnpm-context']) await runs(sandbox, pkg, folder)
}
