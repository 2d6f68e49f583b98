/*
 * What a table of figures must say about where it was made.
 */
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { execa } from 'execa'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly go: string
  readonly commit: string
  readonly date: string
  readonly loadBefore: string
}

export const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(' ')

const git = async (...args: string[]): Promise<string | undefined> => {
  const { failed, stdout } = await execa('git', args, {
    cwd: import.meta.dirname,
    reject: false,
  })
  return failed ? undefined : stdout.trim()
}

/** The commit, with a plus where files differ from it. */
const commit = async (): Promise<string> => {
  const head = await git('rev-parse', '--short', 'HEAD')
  if (!head) return 'none'
  return (await git('status', '--porcelain')) ? `${head}+` : head
}

export const describeMachine = async (go: string): Promise<Machine> => {
  const processors = cpus()
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    go,
    commit: await commit(),
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    loadBefore: load(),
  }
}
