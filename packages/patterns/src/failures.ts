/*
 * Failures: the errors of a group.
 */

import type { Context } from '@gmp/context'

/** @internal */
export class Failures {
  private readonly all: boolean
  private readonly errors: unknown[] = []
  private aggregate: AggregateError | null = null

  /** @param all - whether the first is not enough. */
  constructor(all: boolean) {
    this.all = all
  }

  get any(): boolean {
    return this.errors.length > 0
  }

  get first(): unknown {
    return this.errors[0]
  }

  /** Keeps an error of a function that ran under `ctx`, which the first is going to end; answers whether it is that. */
  add(error: unknown, ctx: Context): boolean {
    const { errors } = this
    const first = errors.length === 0
    // What fails because that ended the context is no news.
    if (first || (this.all && error !== errors[0] && error !== ctx.err())) errors.push(error)
    return first
  }

  /** What whoever waits for the group gets; there is an error. */
  error(): unknown {
    const { errors } = this
    if (!this.all) return errors[0]
    return (this.aggregate ??= new AggregateError(errors, `${errors.length} functions of the group failed`))
  }
}
