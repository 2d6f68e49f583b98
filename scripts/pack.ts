/*
 * Packs every package as it would be published, into `.packed/`, and lays the tarballs out as an
 * installed `node_modules` beside them: what consumers get, without a registry.
 */

import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { extract } from 'tar'
import { readPackages, root } from './packages.ts'
import { mapLimit, mustRun } from './run.ts'

/** A project with the packed packages installed, and Node's types. */
export const packedRoot: string = join(root, '.packed')

/** The packed tarball of `@gmp/<short>`. */
export function tarball(short: string): string {
  const prefix = new RegExp(`^gmp-${short}-\\d.*\\.tgz$`)
  const name = readdirSync(packedRoot).find((file) => prefix.test(file))
  if (name === undefined) throw new Error(`@gmp/${short} is not packed: run scripts/pack.ts`)
  return join(packedRoot, name)
}

if (import.meta.main) {
  rmSync(packedRoot, { recursive: true, force: true })
  const modules = join(packedRoot, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  symlinkSync(join(root, 'node_modules/@types/node'), join(modules, '@types/node'), 'junction')
  await mapLimit(readPackages(), 2, async ({ short, dir }) => {
    await mustRun('pnpm', ['pack', '--pack-destination', packedRoot], dir)
    const cwd = join(modules, '@gmp', short)
    mkdirSync(cwd, { recursive: true })
    await extract({ file: tarball(short), cwd, strip: 1 })
  })
}
