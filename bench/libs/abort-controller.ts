/*
 * The platform's own cancellation: a controller for each node, tied to its parent by a listener or by AbortSignal.any().
 */
import type { Program, Programs } from '../harness/program.ts'

interface Child {
  readonly signal: AbortSignal
  abort(): void
}

/** Makes a child that aborts with `parent`, or by itself and then leaves it. */
type Derive = (parent: AbortSignal) => Child

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

const withAny: Derive = (parent) => {
  const own = new AbortController()
  return { signal: AbortSignal.any([parent, own.signal]), abort: () => own.abort() }
}

const programs = (derive: Derive): Programs => {
  const tree: Program = async (n) => {
    const root = new AbortController()
    const all = [root.signal]
    for (const parent of all) {
      for (let i = 0; i < 10 && all.length < n; i++) all.push(derive(parent).signal)
      if (all.length >= n) break
    }
    root.abort()
    let sum = 0
    for (const signal of all) if (signal.aborted) sum++
    return { sum }
  }

  const child: Program = async (n) => {
    const parent = new AbortController()
    let sum = 0
    for (let i = 0; i < n; i++) {
      const own = derive(parent.signal)
      own.abort()
      if (own.signal.aborted) sum++
    }
    return { sum }
  }

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

  return { 'context-tree': tree, 'context-child': child, 'context-timeout': timeout }
}

export const load = async (): Promise<Programs> => programs(withListener)

export const loadAny = async (): Promise<Programs> => {
  const { 'context-timeout': _, ...rest } = programs(withAny)
  return rest
}
