import type { AsyncChannels } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

/** A thenable: to await one is to take from it, so no async function may return one. */
interface Channel {
  readonly isClosed: boolean
}
type Taken = number | symbol
interface Module {
  chan(capacity?: number): Channel
  put(channel: Channel, value: number): Promise<boolean>
  take(channel: Channel): Promise<Taken>
  any(...channels: readonly Channel[]): Promise<readonly [Taken, Channel]>
  close(channel: Channel): void
}

export const load = async (): Promise<Programs> => {
  const { default: medium } = await loadPeer<{ default: Module }>('medium')
  const value = (taken: Taken): number => (typeof taken === 'number' ? taken : -1)
  const library: AsyncChannels<Channel, Taken, readonly [Taken, Channel]> = {
    open: (capacity) => (capacity === 0 ? medium.chan() : medium.chan(capacity)),
    send: (channel, sent) => medium.put(channel, sent),
    recv: (channel) => medium.take(channel),
    value,
    finish: (channel) => medium.close(channel),
    selector: (channels) => ({
      next: () => medium.any(...channels),
      which: ([, channel]) => channels.indexOf(channel),
      value: ([taken]) => value(taken),
    }),
  }
  return asyncPrograms(library)
}
