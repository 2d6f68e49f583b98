import type { AsyncChannels } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  read(): Promise<number | undefined>
  write(value: number): Promise<boolean>
  close(): void
}
interface Module {
  channel(capacity: number): Channel
  select(...channels: readonly Channel[]): Promise<readonly [number | undefined, Channel]>
}

export const load = async (): Promise<Programs> => {
  const { channel, select } = await loadPeer<Module>('@thi.ng/csp')
  const library: AsyncChannels<Channel, number | undefined, readonly [number | undefined, Channel]> = {
    // A write resolves when it is read, whatever the capacity: with 1, its least, it is a rendezvous.
    open: (capacity) => channel(Math.max(1, capacity)),
    send: (ch, value) => ch.write(value),
    recv: (ch) => ch.read(),
    value: (value) => value ?? -1,
    finish: (ch) => ch.close(),
    selector: (channels) => ({
      next: () => select(...channels),
      which: ([, ch]) => channels.indexOf(ch),
      value: ([value]) => value ?? -1,
    }),
  }
  // No more than 1024 readers may wait on one channel.
  return asyncPrograms(library, ['parked'])
}
