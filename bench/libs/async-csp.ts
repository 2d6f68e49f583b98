import { type AsyncChannels, finishBySentinel } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  put(value: number): Promise<unknown>
  take(): Promise<number>
}
interface Module {
  readonly Channel: new (capacity?: number) => Channel
}

export const load = async (): Promise<Programs> => {
  const { default: csp } = await loadPeer<{ default: Module }>('async-csp')
  const send = (channel: Channel, value: number): Promise<unknown> => channel.put(value)
  const library: AsyncChannels<Channel, number> = {
    open: (capacity) => (capacity === 0 ? new csp.Channel() : new csp.Channel(capacity)),
    send,
    recv: (channel) => channel.take(),
    value: (value) => value,
    finish: finishBySentinel(send),
  }
  return asyncPrograms(library, ['parked'])
}
