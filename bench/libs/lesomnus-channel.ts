import { type AsyncChannels, finishBySentinel } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Channel {
  send(value: number): Promise<void>
  recv(): Promise<number>
}
interface Operation {
  isReady(): boolean
}
interface Module {
  readonly Chan: new (capacity: number) => Channel
  recv(channel: Channel, onCommit: (ok: boolean, value: number | null) => void): Operation
  select(operations: readonly Operation[]): Promise<void>
}

export const load = async (): Promise<Programs> => {
  const { default: module } = await loadPeer<{ default: Module }>('@lesomnus/channel')
  const send = (channel: Channel, value: number): Promise<void> => channel.send(value)
  const library: AsyncChannels<Channel, number, void> = {
    open: (capacity) => new module.Chan(capacity),
    send,
    recv: (channel) => channel.recv(),
    value: (value) => value,
    // close() throws away what is buffered.
    finish: finishBySentinel(send),
    selector: (channels) => {
      let index = -1
      let received = -1
      const operations = (): Operation[] =>
        channels.map((channel, i) =>
          module.recv(channel, (ok, value) => {
            index = i
            received = ok ? (value ?? -1) : -1
          }),
        )
      return {
        next: () => module.select(operations()),
        which: () => index,
        value: () => received,
      }
    },
  }
  return asyncPrograms(library, ['parked'])
}
