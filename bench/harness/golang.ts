/*
 * The Go twins: built once per version of Go and of their sources, into the temporary directory.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const sources = join(import.meta.dirname, '..', 'go')

export interface Twins {
  readonly binary: string
  readonly version: string
}

/** The go command: the environment's GO and no other, or that of the PATH, or where Go's installer puts it. */
const findGo = async (): Promise<{ command: string; version: string } | undefined> => {
  const asked = process.env['GO']
  for (const command of asked ? [asked] : ['go', '/usr/local/go/bin/go']) {
    const { failed, stdout } = await execa(command, ['version'], { reject: false })
    if (!failed) return { command, version: stdout.replace(/^go version /, '') }
  }
  return undefined
}

/** Builds the twins; gives the reason where it cannot. */
export const buildTwins = async (): Promise<Twins | string> => {
  const go = await findGo()
  if (!go) return 'no go command here'
  const hash = createHash('sha256').update(go.version)
  for (const file of readdirSync(sources).toSorted()) hash.update(readFileSync(join(sources, file)))
  const directory = join(tmpdir(), `gmp-bench-${hash.digest('hex').slice(0, 16)}`)
  const binary = join(directory, process.platform === 'win32' ? 'bench.exe' : 'bench')
  if (!existsSync(binary)) {
    mkdirSync(directory, { recursive: true })
    const { failed, stderr } = await execa(go.command, ['build', '-o', binary, '.'], {
      cwd: sources,
      reject: false,
    })
    if (failed) return `go build failed: ${stderr.split('\n', 1)[0]}`
  }
  return { binary, version: go.version }
}
