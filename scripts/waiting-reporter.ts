/*
 * A reporter for vitest that says what it waits for: the default one prints a file when it is over, and of one that never is,
 * nothing.
 */

import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Between two looks, and what a file may take without a word, in ms. */
const PATIENCE = 120_000

interface Waiting {
  readonly module: TestModule
  readonly since: number
  /** The last test that began. */
  test: TestCase | null
}

export default class WaitingReporter implements Reporter {
  private readonly waiting = new Map<string, Waiting>()
  private readonly print: (line: string) => void
  private timer: NodeJS.Timeout | undefined

  constructor(options: { print?: (line: string) => void } = {}) {
    this.print = options.print ?? console.log
  }

  onTestRunStart(): void {
    this.timer = setInterval(() => this.tell(Date.now()), PATIENCE)
    this.timer.unref()
  }

  onTestRunEnd(): void {
    clearInterval(this.timer)
  }

  onTestModuleQueued(module: TestModule): void {
    this.waiting.set(module.id, { module, since: Date.now(), test: null })
  }

  onTestModuleEnd(module: TestModule): void {
    this.waiting.delete(module.id)
  }

  onTestCaseReady(test: TestCase): void {
    const of = this.waiting.get(test.module.id)
    if (of !== undefined) of.test = test
  }

  /** Prints a line for each file that has been under way for long. */
  tell(now: number): void {
    for (const { module, since, test } of this.waiting.values()) {
      if (now - since < PATIENCE) continue
      const where = test === null ? '' : `, in "${test.fullName}"`
      const project = module.project.name
      this.print(
        `still waiting after ${Math.round((now - since) / 1000)} s for ${project} ${module.relativeModuleId}${where}`,
      )
    }
  }
}
