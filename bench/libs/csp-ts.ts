import { type AsyncChannels, finishBySentinel } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  send(value: number): Promise<void>
  receive(): Promise<number>
}
interface Module {
  readonly BufferedChannel: new (zero: number, capacity: number) => Channel
}

export const load = async (): Promise<Programs> => {
  const { BufferedChannel } = await loadPeer<Module>('csp-ts')
  const send = (channel: Channel, value: number): Promise<void> => channel.send(value)
  const library: AsyncChannels<Channel, number> = {
    open: (capacity) => new BufferedChannel(-1, capacity),
    send,
    recv: (channel) => channel.receive(),
    value: (value) => value,
    // close() throws away what is buffered.
    finish: finishBySentinel(send),
  }
  return asyncPrograms(library)
}
