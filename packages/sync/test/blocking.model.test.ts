import { SharedMutex } from '@gmp/sync'
import { beforeAll, describe, expect, test } from 'vitest'
import { cond, mutex, once, rwmutex, semaphore, waitGroup } from './models.ts'
import { every, exhaust, multisets, sequences, type Kind, type Program } from './programs.ts'

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
  readonly thin: number
  /** As many forced switches are enough for all that may happen. */
  readonly switches?: number
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
    thin: 1,
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
    thin: 1,
    switches: Infinity,
  },
}

/** Goroutine 0 does not kill itself: it would end at its next operation, which may not exist. */
const sane = (programs: readonly Program[]): Program[] =>
  programs.filter(([first]) => first?.includes('kill0') !== true)

describe.each(Object.entries(specs))('%s', (_, { kind, steps, three, violent, thin, switches = 5 }) => {
  const two = [...multisets(sequences(steps, 2), 2), ...every(thin * 5, multisets(sequences(steps, 3), 2))]
  // With promises not all happens, whatever the switches: that is another test's.
  const most = { preemptions: kind.promises ? 3 : switches }

  test('two goroutines do what the model does, under every schedule', async () => {
    expect(await exhaust(kind, every(thin, two), kind.promises ? most : {})).toBeGreaterThan(20)
  })

  test('three goroutines', async () => {
    expect(await exhaust(kind, every(3, multisets(three, 3)), most)).toBeGreaterThan(20)
  })

  test('under aborts and kills no wake-up is lost or duplicated', async () => {
    expect(await exhaust(kind, every(6, sane(multisets(violent, 3))), kind.promises ? most : {})).toBeGreaterThan(20)
  })

  test('code that awaits, alone and beside goroutines', async () => {
    const gentle = [...three, ...violent.filter((one) => !one.includes('kill0'))]
    const programs = every(17, multisets(gentle, 3))
    expect(await exhaust(kind, programs, { ...most, outside: () => true })).toBeGreaterThan(20)
    expect(await exhaust(kind, programs, { ...most, outside: (g) => g === 1 })).toBeGreaterThan(20)
  })

  if (kind.promises) {
    test('all that may happen does, where everything settles before each step', async () => {
      const programs = every(3, [...two, ...multisets(three, 3), ...sane(multisets(violent, 3))])
      const gentle = programs.filter((program) => !program.flat().includes('kill0'))
      expect(await exhaust(kind, programs, { settled: true })).toBeGreaterThan(100)
      expect(await exhaust(kind, gentle, { settled: true, outside: () => true })).toBeGreaterThan(20)
      expect(await exhaust(kind, gentle, { settled: true, outside: (g) => g === 1 })).toBeGreaterThan(20)
    })
  }
})
