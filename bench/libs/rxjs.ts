/*
 * RxJS: trees of Subscriptions, which is how it tears down what hangs together.
 */
import { cancellationPrograms } from '../async/cancellation.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Subscription {
  readonly closed: boolean
  add(teardown: Subscription): void
  unsubscribe(): void
}
interface Module {
  Subscription: new () => Subscription
}

export const load = async (): Promise<Programs> => {
  const { Subscription } = await loadPeer<Module>('rxjs')
  return cancellationPrograms<Subscription>({
    root: () => new Subscription(),
    child: (parent) => {
      const own = new Subscription()
      parent.add(own)
      return own
    },
    cancel: (node) => node.unsubscribe(),
    done: ({ closed }) => closed,
  })
}
