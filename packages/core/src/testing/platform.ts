/*
 * The platform: what @gmp/core/testing takes from the outside beyond the runtime's host.
 *
 * Files     platform.ts       the interface
 *           platform-node.ts  Node, Bun and Deno
 *           platform-web.ts   browsers and anything else: fewer answers
 *           `#platform` (package.json, imports) is the one or the other, by the `node` condition.
 */

import type { Context } from '../host.ts'

/** What the testing tools need of the platform; see the head of platform.ts. @internal */
export interface Platform {
  /**
   * Whether scope() reaches past an `await`. Without it only one bubble can run at a time, and code that runs in no goroutine
   * is taken to be its.
   */
  readonly follows: boolean
  /** The async context of the code that runs now, but with `store` in effect; `outer` instead of that code's. */
  scope(store: unknown, outer: Context | null): Context | null
  /** `fn` in what is in effect now, whenever it is called. */
  bound(fn: () => void): () => void
  /** What scope() put in effect for the code that runs now. */
  store(): unknown
  /** The sockets, files, processes, timers and the like that are under way in this process, by type; none when it cannot tell. */
  busy(): readonly string[]
  /** A full garbage collection that is over when it returns; undefined where there is none to be had. */
  collector(): (() => void) | undefined
  /** 32 bits that nobody can foretell. */
  entropy(): number
  /** An environment variable. */
  variable(name: string): string | undefined
  /** The command that runs one test file again. */
  command(file: string | undefined): string
}
