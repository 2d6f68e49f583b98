/*
 * Member: a goroutine of a flow, and what its end means to that.
 */

import { goexitInFunction } from './errors.ts'
import type { Flow } from './flow.ts'
import { exited, type G } from './kernel.ts'

/** What a goroutine tells of its end. */
type Watcher = NonNullable<G['watcher']>

/** Tells its flow of a goroutine's end. @internal */
export class Member implements Watcher {
  private readonly flow: Flow
  private readonly g: G
  /** Whether goexit() is as good as a return. */
  private readonly mayExit: boolean

  constructor(flow: Flow, g: G, mayExit: boolean) {
    this.flow = flow
    this.g = g
    this.mayExit = mayExit
  }

  ended(panicked: boolean): void {
    const { flow, g } = this
    if (exited(g) && !this.mayExit) flow.fail(goexitInFunction(), true)
    if (panicked) {
      // It is not uncaught: it goes to who waits for the flow.
      g.catch(ignored)
      // A kill throws nothing: what fails while the flow ends is news.
      flow.fail(g.result, true)
    }
    flow.goroutines.delete(g)
    flow.leave()
  }
}

const ignored = (): void => {}
