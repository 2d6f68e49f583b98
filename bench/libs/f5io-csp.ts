import { type AsyncChannels, finishBySentinel } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  readonly length: number
}
interface Module {
  channel(): Channel
  put(channel: Channel, value: number): Promise<void>
  take(channel: Channel): Promise<number>
  select(channels: readonly Channel[]): Promise<readonly [number, number]>
}

export const load = async (): Promise<Programs> => {
  const { default: csp } = await loadPeer<{ default: Module }>('@f5io/csp')
  const send = (channel: Channel, value: number): Promise<void> => csp.put(channel, value)
  const library: AsyncChannels<Channel, number, readonly [number, number]> = {
    // It has neither buffers nor close: its row buffered100 is a rendezvous.
    open: () => csp.channel(),
    send,
    recv: (channel) => csp.take(channel),
    value: (value) => value,
    finish: finishBySentinel(send),
    selector: (channels) => ({
      next: () => csp.select(channels),
      which: ([index]) => index,
      value: ([, value]) => value,
    }),
  }
  // A waiting receiver costs O(waiters): unshift.
  return asyncPrograms(library, ['parked'])
}
