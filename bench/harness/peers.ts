/*
 * Installs the peers into bench/peers when a run asks for one that is missing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

const directory = join(import.meta.dirname, '..', 'peers')

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const readManifest = (path: string): Manifest | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined

const wanted = readManifest(join(directory, 'package.json'))?.dependencies ?? {}

/** The version of an installed peer. */
export const peerVersion = (name: string): string | undefined =>
  readManifest(join(directory, 'node_modules', name, 'package.json'))?.version

/** Makes the named peers importable; gives the reason where it cannot. */
export const installPeers = async (names: readonly string[]): Promise<string | undefined> => {
  if (names.every((name) => peerVersion(name) === wanted[name])) return undefined
  process.stderr.write('installing the peers into bench/peers …\n')
  const { failed, stderr, shortMessage } = await execa('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    reject: false,
    timeout: 300_000,
  })
  if (!failed) return undefined
  const line = stderr.split('\n').find((text) => text.startsWith('npm error')) ?? shortMessage
  return `npm ci in bench/peers failed: ${line}`
}
