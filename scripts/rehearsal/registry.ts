/*
 * An npm registry on loopback, in memory, for the packages that a rehearsal publishes. It speaks as much of the protocol as
 * npm and pnpm ask of it: publish, read, tarball. What it does not have, it does not know.
 */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** The manifest of one version, as it was published. */
interface Published {
  name: string
  version: string
  dependencies?: Record<string, string>
  dist: { integrity: string; tarball: string; attestations?: unknown }
}

interface Packument {
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Published>
  time: Record<string, string>
}

const ATTACHMENTS = '_attachments'

/** The body of a publish: one version with its tarball. */
interface Upload extends Packument {
  // The protocol's name.
  [ATTACHMENTS]: Record<string, { data: string }>
}

export interface Registry {
  /** Ends in a slash. */
  readonly url: string
  /** Who publishes has to show it. */
  readonly token: string
  readonly packages: ReadonlyMap<string, Packument>
  close(): void
}

interface Answer {
  status: number
  body: unknown
}

const refuse = (status: number, error: string): Answer => ({ status, body: { error } })

export async function startRegistry(): Promise<Registry> {
  const packages = new Map<string, Packument>()
  const tarballs = new Map<string, Buffer>()
  const token = createHash('sha256').update(`${process.pid} ${performance.now()}`).digest('hex')
  let url = ''

  const publish = (upload: Upload, authorization: string | undefined): Answer => {
    if (authorization !== `Bearer ${token}`) return refuse(401, 'who are you?')
    const [version = ''] = Object.keys(upload.versions)
    const manifest = upload.versions[version]
    const data = Buffer.from(Object.values(upload[ATTACHMENTS])[0]?.data ?? '', 'base64')
    const { name } = upload
    const known = packages.get(name)
    if (manifest === undefined) return refuse(400, 'no version')
    if (known?.versions[version] !== undefined) return refuse(403, `${name}@${version} was published before`)
    const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`
    if (manifest.dist.integrity !== integrity) return refuse(400, 'the tarball is not what its integrity says')
    const path = `${name}/-/${name.replace(/.*\//, '')}-${version}.tgz`
    tarballs.set(path, data)
    packages.set(name, {
      name,
      'dist-tags': { ...known?.['dist-tags'], ...upload['dist-tags'] },
      versions: { ...known?.versions, [version]: { ...manifest, dist: { ...manifest.dist, tarball: url + path } } },
      time: { ...known?.time, [version]: new Date().toISOString() },
    })
    return { status: 201, body: { ok: true } }
  }

  /** `name/version`, or `name/tag`. */
  const manifestAt = (path: string): Published | undefined => {
    const slash = path.lastIndexOf('/')
    const found = packages.get(path.slice(0, slash))
    const asked = path.slice(slash + 1)
    return found?.versions[found['dist-tags'][asked] ?? asked]
  }

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', url).pathname.slice(1))
    if (request.method === 'PUT')
      return publish(JSON.parse(await text(request)) as Upload, request.headers.authorization)
    const body = tarballs.get(path) ?? packages.get(path) ?? manifestAt(path)
    return body === undefined ? refuse(404, `${path} is not here`) : { status: 200, body }
  }

  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, {
        'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
      })
      response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body))
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    token,
    packages,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
