/*
 * The platform's own cancellation: a controller for each node, tied to its parent by a listener, by AbortSignal.any(), or
 * by the package any-signal, which takes its listeners off again.
 */
import { cancellationPrograms } from '../async/cancellation.ts'
import type { Program, Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Node {
  readonly signal: AbortSignal
  abort(): void
}

/** Makes a child that aborts with `parent`, or by itself and then leaves it. */
type Derive = (parent: AbortSignal) => Node

const withListener: Derive = (parent) => {
  const own = new AbortController()
  const follow = () => own.abort(parent.reason)
  parent.addEventListener('abort', follow, { once: true })
  return {
    signal: own.signal,
    abort() {
      parent.removeEventListener('abort', follow)
      own.abort()
    },
  }
}

const combined =
  (any: (signals: AbortSignal[]) => AbortSignal): Derive =>
  (parent) => {
    const own = new AbortController()
    return { signal: any([parent, own.signal]), abort: () => own.abort() }
  }

const programs = (derive: Derive): Programs =>
  cancellationPrograms<Node>({
    root: () => new AbortController(),
    child: ({ signal }) => derive(signal),
    cancel: (node) => node.abort(),
    done: ({ signal }) => signal.aborted,
  })

const timeout: Program = async (n) => {
  let sum = 0
  for (let i = 0; i < n; i++) {
    const own = new AbortController()
    const timer = setTimeout(() => own.abort(), 5000)
    clearTimeout(timer)
    own.abort()
    if (own.signal.aborted) sum++
  }
  return { sum }
}

const timeoutChild: Program = async (n) => {
  const parent = new AbortController()
  let sum = 0
  for (let i = 0; i < n; i++) {
    const own = withListener(parent.signal)
    const timer = setTimeout(() => own.abort(), 5000)
    clearTimeout(timer)
    own.abort()
    if (own.signal.aborted) sum++
  }
  return { sum }
}

export const load = async (): Promise<Programs> => ({
  ...programs(withListener),
  'context-timeout': timeout,
  'context-timeout-child': timeoutChild,
})

export const loadAny = async (): Promise<Programs> => programs(combined((signals) => AbortSignal.any(signals)))

interface AnySignal {
  anySignal(signals: AbortSignal[]): AbortSignal
}

export const loadAnySignal = async (): Promise<Programs> => {
  const { anySignal } = await loadPeer<AnySignal>('any-signal')
  return programs(combined(anySignal))
}
