import { type AsyncChannels, finishBySentinel } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  push(value: number): Promise<IteratorResult<number>>
  next(): Promise<IteratorResult<number>>
}
interface Module {
  readonly Channel: new () => Channel
}

export const load = async (): Promise<Programs> => {
  const { Channel } = await loadPeer<Module>('queueable')
  const send = (channel: Channel, value: number): Promise<unknown> => channel.push(value)
  const library: AsyncChannels<Channel, IteratorResult<number>> = {
    // A push resolves when it is pulled, so its row buffered100 is a rendezvous.
    open: () => new Channel(),
    send,
    recv: (channel) => channel.next(),
    value: (result) => result.value,
    finish: finishBySentinel(send),
  }
  return asyncPrograms(library)
}
