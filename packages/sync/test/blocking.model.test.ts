import { SharedMutex } from '@gmp/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import { cond, mutex, once, rwmutex, semaphore, waitGroup } from './models.ts'
import { every, runAll, multisets, sequences, type Kind, type Program } from './programs.ts'

beforeAll(() => {
  // What a thread does once, when it begins to share, is no part of a schedule.
  new SharedMutex().tryLock()
})

interface Spec {
  readonly kind: Kind
  /** Steps of two goroutines of up to three; of these some are left out, as said by `thin`. */
  readonly steps: readonly string[]
  /** What three goroutines begin with, and go on with. */
  readonly three: Program
  readonly violent: Program
  /** Whoever is served is killed or aborted before it runs, and another waits for the same: none of these is left out. */
  readonly lost: readonly Program[]
  readonly thin: number
  /** As many forced switches are enough for all that may happen. */
  readonly switches?: number
  /** Every schedule would be too many, also of small programs. */
  readonly bounded?: true
}

const specs: Record<string, Spec> = {
  Mutex: {
    kind: mutex,
    steps: ['lock', 'unlock', 'try'],
    three: [['lock', 'unlock'], ['lock', 'unlock', 'lock'], ['try', 'unlock'], ['lock'], ['unlock', 'lock']],
    violent: [
      ['lock!', 'unlock'],
      ['lock', 'unlock', 'abort'],
      ['lock', 'abort', 'unlock'],
      ['lock', 'kill0', 'unlock'],
      ['lock', 'unlock', 'kill0'],
    ],
    lost: [
      [['lock'], ['lock', 'unlock'], ['lock', 'unlock', 'kill0']],
      [['lock!'], ['lock', 'unlock'], ['lock', 'unlock', 'abort']],
    ],
    thin: 2,
  },
  RWMutex: {
    kind: rwmutex,
    steps: ['lock', 'unlock', 'rlock', 'runlock', 'rtry', 'try'],
    three: [
      ['lock', 'unlock'],
      ['rlock', 'runlock'],
      ['rlock', 'runlock', 'rlock'],
      ['rtry', 'lock'],
      ['try', 'rlock'],
    ],
    violent: [
      ['lock!', 'unlock'],
      ['rlock!', 'runlock'],
      ['rlock', 'runlock', 'abort'],
      ['rlock', 'abort', 'runlock'],
      ['lock', 'unlock', 'kill0'],
      ['rlock', 'kill0', 'runlock'],
    ],
    lost: [
      [['lock'], ['rlock'], ['lock', 'unlock', 'kill0']],
      [['rlock'], ['lock'], ['lock', 'unlock', 'kill0']],
      [['lock!'], ['rlock'], ['rlock', 'runlock', 'abort']],
    ],
    thin: 23,
  },
  Semaphore: {
    kind: semaphore,
    steps: ['acquire1', 'acquire2', 'release1', 'release2', 'try1'],
    three: [
      ['acquire1', 'release1'],
      ['acquire2', 'release2'],
      ['acquire1', 'acquire1'],
      ['try2', 'acquire3'],
      ['release1', 'acquire2'],
    ],
    violent: [
      ['acquire2!', 'release2'],
      ['acquire1!', 'release1'],
      ['acquire2', 'release2', 'abort'],
      ['acquire1', 'abort', 'release1'],
      ['acquire1', 'release1', 'kill0'],
      ['acquire2', 'kill0', 'release2'],
      ['acquire3!', 'acquire1'],
    ],
    lost: [
      [['acquire2'], ['acquire1'], ['acquire2', 'release2', 'kill0']],
      [['acquire2!'], ['acquire1'], ['acquire1', 'release1', 'abort']],
    ],
    thin: 11,
  },
  WaitGroup: {
    kind: waitGroup,
    steps: ['add', 'done', 'wait'],
    three: [['add', 'done'], ['wait', 'add'], ['wait', 'done'], ['add', 'wait'], ['done']],
    violent: [
      ['wait!', 'add'],
      ['add', 'wait'],
      ['add', 'abort', 'done'],
      ['add', 'done', 'kill0'],
      ['add', 'kill0', 'done'],
    ],
    lost: [[['wait'], ['wait'], ['add', 'done', 'kill0']]],
    thin: 1,
  },
  Once: {
    kind: once,
    steps: ['do', 'finish'],
    three: [['do'], ['do', 'finish'], ['finish', 'do'], ['finish'], ['do', 'do']],
    violent: [
      ['do!', 'do'],
      ['do', 'finish'],
      ['do', 'abort'],
      ['abort', 'finish'],
      ['finish', 'kill0'],
      ['kill0', 'finish'],
    ],
    lost: [
      [['do'], ['do'], ['finish', 'kill0']],
      [['do!'], ['do'], ['finish', 'abort']],
    ],
    thin: 3,
    switches: 2,
    // Each wait for a promise is more to choose from.
    bounded: true,
  },
  Cond: {
    kind: cond,
    steps: ['wait', 'signal', 'broadcast'],
    three: [
      ['wait', 'signal'],
      ['wait', 'wait'],
      ['signal', 'signal'],
      ['broadcast', 'wait'],
      ['signal', 'broadcast'],
    ],
    violent: [
      ['wait!', 'signal'],
      ['wait', 'signal'],
      ['signal', 'abort'],
      ['abort', 'signal'],
      ['signal', 'kill0'],
      ['kill0', 'signal'],
    ],
    lost: [
      [['wait'], ['wait'], ['signal', 'kill0']],
      [['wait'], ['wait'], ['kill0', 'signal']],
      [['wait!'], ['wait'], ['signal', 'abort']],
      [['wait'], ['wait', 'signal'], ['broadcast', 'kill0']],
    ],
    thin: 1,
    switches: Infinity,
  },
}

/** Goroutine 0 does not kill itself: it would end at its next operation, which may not exist. */
const sane = (programs: readonly Program[]): Program[] =>
  programs.filter(([first]) => first?.includes('kill0') !== true)

describe.each(Object.entries(specs))('%s', (_, { kind, steps, three, violent, lost, thin, switches = 5, bounded }) => {
  const two = [...multisets(sequences(steps, 2), 2), ...every(thin * 5, multisets(sequences(steps, 3), 2))]
  const most = { preemptions: switches }
  const all = bounded ? most : {}

  test('two goroutines do what the model does, under every schedule', async () => {
    expect(await runAll(kind, every(thin, two), all)).toBeGreaterThan(20)
  })

  test('three goroutines', async () => {
    expect(await runAll(kind, every(3, multisets(three, 3)), most)).toBeGreaterThan(20)
  })

  test('under aborts and kills no wake-up is lost or duplicated', async () => {
    expect(await runAll(kind, [...every(6, sane(multisets(violent, 3))), ...lost], all)).toBeGreaterThan(20)
  })

  test('code that awaits, alone and beside goroutines', async () => {
    const gentle = [...three, ...violent.filter((one) => !one.includes('kill0'))]
    const programs = every(17, multisets(gentle, 3))
    expect(await runAll(kind, programs, { ...most, outside: () => true })).toBeGreaterThan(20)
    expect(await runAll(kind, programs, { ...most, outside: (g) => g === 1 })).toBeGreaterThan(20)
  })
})
