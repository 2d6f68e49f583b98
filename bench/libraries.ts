/*
 * Who takes part. `n` gives a smaller size where a library would take minutes: figures are per operation.
 */
import type { Programs, RowName } from './harness/program.ts'

export type Kind = 'ours' | 'go' | 'peer' | 'reference'

export interface Library {
  readonly name: string
  readonly kind: Kind
  /** The npm package of a peer. */
  readonly package?: string
  /** GOMAXPROCS of a Go twin. */
  readonly procs?: number
  /** Rows it has; absent: those that load() gives, which is asked in a process of its own. */
  readonly load?: () => Promise<Programs>
  readonly n?: Partial<Record<RowName, number>>
}

export const libraries: readonly Library[] = [
  { name: 'gmp', kind: 'ours', load: () => import('./libs/gmp.ts').then((m) => m.load()) },
  {
    name: 'gmp-await',
    kind: 'ours',
    load: () => import('./libs/gmp-await.ts').then((m) => m.load()),
  },
  {
    name: 'gmp-await-try',
    kind: 'ours',
    load: () => import('./libs/gmp-await.ts').then((m) => m.loadTry()),
  },
  {
    name: 'gmp-tasks',
    kind: 'ours',
    load: () => import('./libs/gmp-tasks.ts').then((m) => m.load()),
  },
  {
    name: 'gmp-tasks-await',
    kind: 'ours',
    load: () => import('./libs/gmp-tasks.ts').then((m) => m.loadAwait()),
  },
  {
    name: 'gmp-threads',
    kind: 'ours',
    load: () => import('./libs/gmp-threads.ts').then((m) => m.load()),
  },
  {
    name: 'gmp-threads-sync',
    kind: 'ours',
    load: () => import('./libs/gmp-threads.ts').then((m) => m.loadSync()),
  },
  {
    name: 'atomics',
    kind: 'reference',
    load: () => import('./libs/message-port.ts').then((m) => m.loadBare()),
  },
  {
    name: 'message-port',
    kind: 'peer',
    load: () => import('./libs/message-port.ts').then((m) => m.load()),
  },
  {
    name: 'gmp-no-preempt',
    kind: 'ours',
    load: () => import('./libs/gmp-tasks.ts').then((m) => m.loadWithoutPreemption()),
  },
  {
    name: 'gmp-testing',
    kind: 'ours',
    load: () => import('./libs/gmp-testing.ts').then((m) => m.loadUnused()),
  },
  {
    name: 'gmp-bubble',
    kind: 'ours',
    load: () => import('./libs/gmp-testing.ts').then((m) => m.loadBubble()),
  },
  { name: 'go(P=1)', kind: 'go', procs: 1 },
  { name: 'go(P=2)', kind: 'go', procs: 2 },
  {
    name: 'ref-await',
    kind: 'reference',
    load: () => import('./libs/ref-await.ts').then((m) => m.load()),
  },
  {
    name: 'abort-controller',
    kind: 'peer',
    load: () => import('./libs/abort-controller.ts').then((m) => m.load()),
  },
  {
    name: 'abort-any',
    kind: 'peer',
    load: () => import('./libs/abort-controller.ts').then((m) => m.loadAny()),
  },
  {
    name: 'any-signal',
    kind: 'peer',
    package: 'any-signal',
    load: () => import('./libs/abort-controller.ts').then((m) => m.loadAnySignal()),
  },
  {
    name: 'rxjs',
    kind: 'peer',
    package: 'rxjs',
    load: () => import('./libs/rxjs.ts').then((m) => m.load()),
  },
  {
    name: 'esfx-canceltoken',
    kind: 'peer',
    package: '@esfx/canceltoken',
    load: () => import('./libs/esfx-canceltoken.ts').then((m) => m.load()),
  },
  {
    name: 'promise-all',
    kind: 'peer',
    load: () => import('./libs/promise-all.ts').then((m) => m.load()),
  },
  {
    name: 'promise-all-later',
    kind: 'peer',
    load: () => import('./libs/promise-all.ts').then((m) => m.loadLater()),
  },
  {
    name: 'async-mutex',
    kind: 'peer',
    package: 'async-mutex',
    load: () => import('./libs/async-mutex.ts').then((m) => m.load()),
  },
  {
    name: 'async-sema',
    kind: 'peer',
    package: 'async-sema',
    load: () => import('./libs/async-sema.ts').then((m) => m.load()),
  },
  {
    name: 'async-sema-try',
    kind: 'peer',
    package: 'async-sema',
    load: () => import('./libs/async-sema.ts').then((m) => m.loadTry()),
  },
  {
    name: 'esfx-locks',
    kind: 'peer',
    package: '@esfx/async-mutex',
    load: () => import('./libs/esfx-locks.ts').then((m) => m.load()),
  },
  {
    name: 'await-semaphore',
    kind: 'peer',
    package: 'await-semaphore',
    load: () => import('./libs/release-function.ts').then((m) => m.load('await-semaphore')),
  },
  {
    name: 'semaphore-promise',
    kind: 'peer',
    package: 'semaphore-promise',
    load: () => import('./libs/release-function.ts').then((m) => m.load('semaphore-promise')),
  },
  {
    name: 'p-limit',
    kind: 'peer',
    package: 'p-limit',
    load: () => import('./libs/calls-inside.ts').then((m) => m.loadLimit()),
  },
  {
    name: 'async-lock',
    kind: 'peer',
    package: 'async-lock',
    load: () => import('./libs/calls-inside.ts').then((m) => m.loadAsyncLock()),
  },
  {
    name: 'async-rwlock',
    kind: 'peer',
    package: 'async-rwlock',
    load: () => import('./libs/async-rwlock.ts').then((m) => m.load()),
  },
  {
    name: 'web-locks',
    kind: 'peer',
    load: () => import('./libs/calls-inside.ts').then((m) => m.loadWebLocks()),
  },
  {
    name: 'waitgroup',
    kind: 'peer',
    package: '@jpwilliams/waitgroup',
    load: () => import('./libs/waitgroup.ts').then((m) => m.load()),
    n: { parked: 50_000 },
  },
  {
    name: 'ts-chan',
    kind: 'peer',
    package: 'ts-chan',
    load: () => import('./libs/ts-chan.ts').then((m) => m.load()),
  },
  {
    name: 'ts-chan-unsafe',
    kind: 'peer',
    package: 'ts-chan',
    load: () => import('./libs/ts-chan.ts').then((m) => m.loadUnsafe()),
  },
  {
    name: 'csp-ts',
    kind: 'peer',
    package: 'csp-ts',
    load: () => import('./libs/csp-ts.ts').then((m) => m.load()),
    n: { parked: 50_000 },
  },
  {
    name: 'medium',
    kind: 'peer',
    package: 'medium',
    load: () => import('./libs/medium.ts').then((m) => m.load()),
  },
  {
    name: 'thing-csp',
    kind: 'peer',
    package: '@thi.ng/csp',
    load: () => import('./libs/thing-csp.ts').then((m) => m.load()),
  },
  {
    name: 'f5io-csp',
    kind: 'peer',
    package: '@f5io/csp',
    load: () => import('./libs/f5io-csp.ts').then((m) => m.load()),
  },
  {
    name: 'nodeguy',
    kind: 'peer',
    package: '@nodeguy/channel',
    load: () => import('./libs/nodeguy-channel.ts').then((m) => m.load()),
  },
  {
    name: 'queueable',
    kind: 'peer',
    package: 'queueable',
    load: () => import('./libs/queueable.ts').then((m) => m.load()),
  },
  {
    name: 'lesomnus',
    kind: 'peer',
    package: '@lesomnus/channel',
    load: () => import('./libs/lesomnus-channel.ts').then((m) => m.load()),
  },
  {
    name: 'builtin',
    kind: 'peer',
    load: () => import('./libs/builtin.ts').then((m) => m.load()),
  },
  {
    name: 'p-map',
    kind: 'peer',
    package: 'p-map',
    load: () => import('./libs/p-map.ts').then((m) => m.loadMap()),
  },
  {
    name: 'p-queue',
    kind: 'peer',
    package: 'p-queue',
    load: () => import('./libs/p-map.ts').then((m) => m.loadQueue()),
  },
  {
    name: 'limiter',
    kind: 'peer',
    package: 'limiter',
    load: () => import('./libs/limiter.ts').then((m) => m.load()),
  },
  {
    name: 'bottleneck',
    kind: 'peer',
    package: 'bottleneck',
    load: () => import('./libs/limiter.ts').then((m) => m.loadBottleneck()),
    n: { limiter: 200 },
  },
  {
    name: 'effect',
    kind: 'peer',
    package: 'effect',
    load: () => import('./libs/effect.ts').then((m) => m.load()),
    n: { parked: 50_000 },
  },
  {
    name: 'effection',
    kind: 'peer',
    package: 'effection',
    load: () => import('./libs/effection.ts').then((m) => m.load()),
    n: { select2: 20_000, spawn: 20_000, parked: 50_000, 'context-tree': 10_000, 'context-child': 20_000 },
  },
  {
    name: 'js-csp',
    kind: 'peer',
    package: 'js-csp',
    load: () => import('./libs/js-csp.ts').then((m) => m.load()),
  },
  {
    name: 'async-csp',
    kind: 'peer',
    package: 'async-csp',
    load: () => import('./libs/async-csp.ts').then((m) => m.load()),
  },
  {
    name: 'piscina',
    kind: 'peer',
    package: 'piscina',
    load: () => import('./libs/piscina.ts').then((m) => m.load()),
  },
  {
    name: 'piscina-8',
    kind: 'peer',
    package: 'piscina',
    load: () => import('./libs/piscina.ts').then((m) => m.loadEight()),
  },
  {
    name: 'tinypool',
    kind: 'peer',
    package: 'tinypool',
    load: () => import('./libs/piscina.ts').then((m) => m.loadTinypool()),
  },
  {
    name: 'workerpool',
    kind: 'peer',
    package: 'workerpool',
    load: () => import('./libs/workerpool.ts').then((m) => m.load()),
  },
  {
    name: 'poolifier',
    kind: 'peer',
    package: 'poolifier',
    load: () => import('./libs/poolifier.ts').then((m) => m.load()),
  },
  {
    name: 'poolifier-queue',
    kind: 'peer',
    package: 'poolifier',
    load: () => import('./libs/poolifier.ts').then((m) => m.loadStealing()),
  },
  {
    name: 'multithreading',
    kind: 'peer',
    package: 'multithreading',
    load: () => import('./libs/multithreading.ts').then((m) => m.load()),
  },
]
