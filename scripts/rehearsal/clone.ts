/*
 * The repository as it is in the working tree, in a clone of its own: what a contributor and the release job start from.
 */

import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../packages.ts'
import { mustRun } from '../run.ts'
import type { Sandbox } from './sandbox.ts'

/** What a rehearsed commit is signed with. */
const AUTHOR = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', '-c', 'commit.gpgsign=false']

/** Clones the working tree, changes that are not committed included, into `folder`. */
export async function cloneTree(sandbox: Sandbox, folder: string): Promise<void> {
  const dir = join(sandbox.dir, folder)
  mkdirSync(dirname(dir), { recursive: true })
  await mustRun('git', ['clone', '--quiet', '--no-hardlinks', root, dir])
  const changed = await mustRun('git', ['status', '--porcelain', '--no-renames', '--untracked-files=all', '-z'])
  for (const line of changed.split('\0').filter(Boolean)) {
    const path = line.slice(3)
    if (line.startsWith(' D') || line.startsWith('D')) rmSync(join(dir, path), { force: true })
    else cpSync(join(root, path), join(dir, path))
  }
  await commit(sandbox, folder, 'the working tree')
}

/** Commits everything, as the next step of the story. */
export async function commit(sandbox: Sandbox, folder: string, message: string): Promise<void> {
  await sandbox.run(folder, 'git', 'add', '--all')
  await sandbox.run(folder, 'git', ...AUTHOR, 'commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
}
