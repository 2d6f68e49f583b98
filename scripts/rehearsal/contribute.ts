/*
 * A contribution, by the words of CONTRIBUTING.md: the commands of its section "A change, from clone to commit" are run as
 * they stand there. What is not a command, changing something, is done here.
 *
 * The tests of what depends on the change are only planned, unless everything is asked for: they ran a moment ago, and what
 * has to be seen is that the command chooses the right packages.
 */

import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { arrows } from '../arrows.ts'
import { root } from '../packages.ts'
import type { Sandbox } from './sandbox.ts'

const HEADING = '## A change, from clone to commit'

/** The shell blocks of the section. */
function blocks(): string[] {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const section = text.split(`${HEADING}\n`)[1]?.split(/^## /m)[0]
  if (section === undefined) throw new Error(`CONTRIBUTING.md has no section "${HEADING}"`)
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
}

/** Who depends on `short`, itself included. */
function dependents(short: string): string[] {
  return Object.entries(arrows)
    .filter(([name, allowed]) => name === short || (allowed as readonly string[]).includes(short))
    .map(([name]) => `@gmp/${name}#test`)
}

interface Plan {
  readonly tasks: readonly { readonly taskId: string }[]
}

/** Walks through the section; the clone it makes is left, with the contribution committed, as `gmp`. */
export async function contribute(sandbox: Sandbox, upstream: string, everything: boolean): Promise<void> {
  const [begin, work, ...more] = blocks()
  if (begin === undefined || work === undefined || more.length > 0)
    throw new Error('CONTRIBUTING.md: two shell blocks, please')
  const home = begin.match(/git clone (\S+)/)?.[1] ?? ''
  const sh = (folder: string, script: string) => {
    // The address of the repository leads to the clone of the working tree.
    const as = `export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=url.${join(sandbox.dir, upstream)}.insteadOf GIT_CONFIG_VALUE_0=${home}`
    return sandbox.run(folder, 'bash', '-euc', `${as}\n${script}`)
  }
  await sh('.', begin)

  const short = work.match(/--filter @gmp\/(\w+)/)?.[1] ?? ''
  appendFileSync(join(sandbox.dir, 'gmp/packages', short, 'src/index.ts'), '\nexport const rehearsed = true\n')

  const planned = work.replace(/^(pnpm exec turbo run test .*)$/m, '$1 --dry=json > .packed-plan.json')
  if (!everything && planned === work) throw new Error('CONTRIBUTING.md: the dependents are tested by turbo')
  await sh('gmp', everything ? work : planned.replace('git add', 'mv .packed-plan.json .. && git add'))
  if (!everything) {
    const { tasks } = JSON.parse(readFileSync(join(sandbox.dir, '.packed-plan.json'), 'utf8')) as Plan
    const ids = tasks.map(({ taskId }) => taskId)
    const missing = dependents(short).filter((id) => !ids.includes(id))
    const foreign = ids.filter((id) => id.startsWith('@gmp/') && !dependents(short).includes(id))
    if (missing.length > 0 || foreign.length > 0) throw new Error(`turbo would test ${ids.join(', ')}`)
  }
  const changesets = readdirSync(join(sandbox.dir, 'gmp/.changeset')).length
  if (changesets <= readdirSync(join(root, '.changeset')).length) throw new Error('no changeset was added')
}
