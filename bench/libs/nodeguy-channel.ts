import type { AsyncChannels } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  push(value: number): Promise<number>
  shift(): Promise<number | undefined>
  close(): Promise<void>
  /** The value of the last shift. */
  value(): number | undefined
}
interface Module {
  (capacity: number): Channel
  select(operations: readonly Promise<unknown>[]): Promise<Channel>
}

export const load = async (): Promise<Programs> => {
  const { default: Channel } = await loadPeer<{ default: Module }>('@nodeguy/channel')
  const library: AsyncChannels<Channel, number | undefined, Channel> = {
    open: (capacity) => Channel(capacity),
    send: (channel, value) => channel.push(value),
    recv: (channel) => channel.shift(),
    value: (value) => value ?? -1,
    finish: (channel) => void channel.close(),
    selector: (channels) => ({
      next: () => Channel.select(channels.map((channel) => channel.shift())),
      which: (channel) => channels.indexOf(channel),
      value: (channel) => channel.value() ?? -1,
    }),
  }
  // A new waiter costs O(waiters).
  return asyncPrograms(library, ['parked'])
}
