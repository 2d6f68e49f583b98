import type { AsyncChannels } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Chan {
  send(value: number, signal?: AbortSignal): Promise<void>
  recv(signal?: AbortSignal): Promise<IteratorResult<number, number | undefined>>
  close(): void
  setUnsafe(unsafe: boolean): this
}
interface Case {
  readonly type: 'Receiver'
}
interface Select {
  wait(): Promise<number>
  recv(from: Case): IteratorResult<number, number | undefined>
  setUnsafe(unsafe: boolean): this
}
interface Module {
  readonly Chan: new (capacity: number) => Chan
  readonly Select: new (cases: readonly Case[]) => Select
  recv(from: Chan): Case
}

const build = async (unsafe: boolean): Promise<Programs> => {
  const { Chan, Select, recv } = await loadPeer<Module>('ts-chan')
  const library: AsyncChannels<Chan, IteratorResult<number, number | undefined>, number> = {
    open: (capacity) => new Chan(capacity).setUnsafe(unsafe),
    send: (channel, value) => channel.send(value),
    recv: (channel) => channel.recv(),
    value: (result) => (result.done ? -1 : result.value),
    finish: (channel) => channel.close(),
    // Its select is made to be kept: one object for the whole loop, as its manual shows.
    selector: (channels) => {
      const cases = channels.map((channel) => recv(channel))
      const select = new Select(cases).setUnsafe(unsafe)
      const taken = (index: number): number => {
        const chosen = cases[index]
        const result = chosen && select.recv(chosen)
        return result && !result.done ? result.value : -1
      }
      return { next: () => select.wait(), which: (index) => index, value: taken }
    },
    signalled: {
      send: (channel, value, signal) => channel.send(value, signal),
      recv: (channel, signal) => channel.recv(signal),
    },
  }
  return asyncPrograms(library)
}

/** As it comes: waits for a macrotask now and then, so that the event loop lives. */
export const load = (): Promise<Programs> => build(false)

/** With its own switch that turns that off. */
export const loadUnsafe = (): Promise<Programs> => build(true)
