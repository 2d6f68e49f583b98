/*
 * Effect's scopes: a forked scope closes with its parent. Part of effect.ts.
 */
import { cancellationPrograms } from '../async/cancellation.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Scope {
  readonly state: object
}
interface ScopeModule {
  makeUnsafe(): Scope
  forkUnsafe(parent: Scope): Scope
  close(scope: Scope, exit: unknown): unknown
}
interface EffectModule {
  runSync(effect: unknown): unknown
}
interface ExitModule {
  readonly void: unknown
}

export const scopePrograms = async (): Promise<Programs> => {
  const { makeUnsafe, forkUnsafe, close } = await loadPeer<ScopeModule>('effect/Scope')
  const { runSync } = await loadPeer<EffectModule>('effect/Effect')
  const exit = (await loadPeer<ExitModule>('effect/Exit')).void
  return cancellationPrograms<Scope>({
    root: () => makeUnsafe(),
    child: (parent) => forkUnsafe(parent),
    cancel: (scope) => runSync(close(scope, exit)),
    done: ({ state }) => 'exit' in state,
  })
}
