/*
 * @esfx/canceltoken: linked sources.
 */
import { cancellationPrograms } from '../async/cancellation.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Token {
  readonly signaled: boolean
}
interface Source {
  readonly token: Token
  cancel(): void
}
interface Module {
  CancelToken: { source(linked?: readonly Token[]): Source }
}

export const load = async (): Promise<Programs> => {
  const { CancelToken } = await loadPeer<Module>('@esfx/canceltoken')
  return cancellationPrograms<Source>({
    root: () => CancelToken.source(),
    child: ({ token }) => CancelToken.source([token]),
    cancel: (source) => source.cancel(),
    done: ({ token }) => token.signaled,
  })
}
