/*
 * RxJS: trees of Subscriptions, which is how it tears down what hangs together; and its operators, which push.
 */
import { cancellationPrograms } from '../async/cancellation.ts'
import { numbers, stages, waiting } from '../async/stages.ts'
import type { Programs } from '../harness/program.ts'
import { loadPeer } from '../peers/load.ts'

interface Subscription {
  readonly closed: boolean
  add(teardown: Subscription): void
  unsubscribe(): void
}
interface Observable<T> {
  pipe(...operators: readonly Operator[]): Observable<T>
}
declare const operator: unique symbol
interface Operator {
  readonly [operator]: true
}
interface Module {
  Subscription: new () => Subscription
  from(values: readonly number[]): Observable<number>
  map(fn: (i: number) => number): Operator
  filter(fn: (i: number) => boolean): Operator
  reduce(fn: (a: number, b: number) => number, seed: number): Operator
  concatMap(fn: (i: number) => Promise<number>): Operator
  mergeMap(fn: (i: number) => Promise<number>, concurrent: number): Operator
  lastValueFrom(observable: Observable<number>): Promise<number>
}

export const load = async (): Promise<Programs> => {
  const rx = await loadPeer<Module>('rxjs')
  const { Subscription } = rx
  const run = (n: number, ...operators: readonly Operator[]) =>
    rx.lastValueFrom(rx.from(numbers(n)).pipe(...operators, rx.reduce(stages.add, 0))).then((sum) => ({ sum }))
  const patterns: Programs = {
    // Results as they come: it has no operator that keeps the order with several calls under way.
    map8: (n) => run(n, rx.mergeMap(waiting(stages.inc), 8)),
    pipeline4: (n) => run(n, rx.map(stages.inc), rx.filter(stages.even), rx.map(stages.triple)),
    'pipeline4-wait': (n) =>
      run(n, rx.concatMap(waiting(stages.inc)), rx.filter(stages.even), rx.concatMap(waiting(stages.triple))),
  }
  const cancellation = cancellationPrograms<Subscription>({
    root: () => new Subscription(),
    child: (parent) => {
      const own = new Subscription()
      parent.add(own)
      return own
    },
    cancel: (node) => node.unsubscribe(),
    done: ({ closed }) => closed,
  })
  return { ...cancellation, ...patterns }
}
