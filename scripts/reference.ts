/*
 * The API reference: what the public entries of the packages export, by typedoc, as a static site in dist/reference.
 *
 *   node scripts/reference.ts           writes it
 *   node scripts/reference.ts --check   only looks for what is wrong, as `pnpm test` does
 *
 * All packages go into one program, read from their sources, so that a type of one links to its page in another. Every
 * warning is an error: an export without a text, a type that users meet but cannot look up, a link to nothing.
 *
 * typedoc works on the compiler's JavaScript API, which TypeScript 7 does not have: it takes `typescript`, the 6 of the catalog.
 */

import { readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { DeclarationReflection, ProjectReflection } from 'typedoc'
import { Application, Converter, MinimalSourceFile, normalizePath, ReflectionKind, TSConfigReader } from 'typedoc'
import { publicEntries, readPackages, root } from './packages.ts'

const HERE = 'https://github.com/gmp-ts/gmp'

/** Parts of the platform's objects, which the platform documents, and protocols of the language. */
const structural = [
  ...['@gmp/core', '@gmp/scheduler'].flatMap((name) => [
    `${name}.AbortSignalLike.addEventListener`,
    `${name}.AbortSignalLike.removeEventListener`,
  ]),
  ...['write', 'end', 'destroy', 'on', 'off'].map((name) => `@gmp/patterns.NodeWritable.${name}`),
  '@gmp/patterns.WebReadable.getReader',
  ...['read', 'cancel', 'releaseLock'].map((name) => `@gmp/patterns.WebReadable.getReader.__type.${name}`),
  '@gmp/patterns.WebWritable.getWriter',
  ...['write', 'close', 'abort', 'releaseLock'].map((name) => `@gmp/patterns.WebWritable.getWriter.__type.${name}`),
  '@gmp/chan.Chan.[asyncIterator]',
  '@gmp/chan.SharedChan.[asyncIterator]',
  '@gmp/core.Goroutine.[iterator]',
  '@gmp/core.Op.[iterator]',
  '@gmp/core.Panic.[hasInstance]',
  '@gmp/context.ContextKey.[held]',
]

/** Types that are only met as what they work out to. */
const hidden: Readonly<Record<string, readonly string[]>> = {
  '@gmp/chan': ['chan/src/select.ts:Outcome'],
  '@gmp/scheduler': ['scheduler/src/task.ts:TaskOf'],
}

const packages = readPackages()
const modules = packages.flatMap((pkg) => publicEntries(pkg).map((entry) => ({ ...entry, dir: pkg.dir })))

const app = await Application.bootstrap(
  {
    name: 'gmp',
    tsconfig: join(root, 'tsconfig.reference.json'),
    entryPoints: modules.map(({ source }) => source),
    projectDocuments: ['docs/*.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].map((path) => join(root, path)),
    readme: 'none',
    out: join(root, 'dist/reference'),
    githubPages: true,
    hideGenerator: true,
    navigationLinks: { GitHub: HERE },
    sourceLinkTemplate: `${HERE}/blob/main/{path}#L{line}`,
    disableGit: true,
    excludeInternal: true,
    excludePrivate: true,
    packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
    requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias', 'Method'],
    intentionallyNotDocumented: structural,
    validation: { notExported: false, invalidLink: true, invalidPath: true, notDocumented: true },
    treatWarningsAsErrors: true,
  },
  [new TSConfigReader()],
)

/** Links of a README to folders without a page of their own, as GitHub shows them. */
function withFolders(markdown: string, dir: string): string {
  return markdown.replaceAll(/\]\(([\w./-]+)\)/g, (whole, link: string) => {
    const path = join(dir, link)
    const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() && !packages.some((pkg) => pkg.dir === path)
    return folder ? `](${HERE}/tree/main/${normalizePath(relative(root, path))})` : whole
  })
}

/** Makes a README the first page of the project, or of a module. */
function beginWith(file: string, of: ProjectReflection | DeclarationReflection): void {
  const { files } = of.project
  const text = withFolders(readFileSync(file, 'utf8'), dirname(file))
  of.readme = app.converter.parseRawComment(new MinimalSourceFile(text, normalizePath(file)), files).content
  for (const path of [file, dirname(file)]) files.registerReflectionPath(normalizePath(path), of)
}

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  beginWith(join(root, 'README.md'), project)
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Module) as DeclarationReflection[]) {
    const source = reflection.sources?.[0]?.fullFileName
    const module = modules.find((one) => normalizePath(one.source) === source)
    if (module === undefined) throw new Error(`no entry of a package is ${source}`)
    // As it is imported.
    reflection.name = module.specifier
    if (!module.specifier.includes('/', '@gmp/'.length)) beginWith(join(module.dir, 'README.md'), reflection)
  }
})

const project = await app.convert()
if (project !== undefined) {
  app.validate(project)
  app.options.setValue('validation', {
    notExported: true,
    invalidLink: false,
    invalidPath: false,
    notDocumented: false,
  })
  // typedoc looks for types that are not exported in the one package that a project is of.
  for (const { manifest } of packages) {
    project.packageName = manifest.name
    app.options.setValue('intentionallyNotExported', hidden[manifest.name] ?? [])
    app.validate(project)
  }
  if (!process.argv.includes('--check')) await app.generateOutputs(project)
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
