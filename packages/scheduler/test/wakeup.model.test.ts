/*
 * Who wakes whom, in every order: the model that model/README.md describes.
 */

import { describe, expect, test } from 'vitest'
import { explore, ModelError, type Model } from '../model/explore.ts'
import { MUTATIONS, Wakeup, type Mutation, type Setting } from '../model/wakeup.ts'

/** Small enough to be explored in full; together they have every step. */
const settings = {
  'two tasks, one of them stuck, on one P': { ms: 2, up: 2, ps: 1, tasks: 2, stuck: 1 },
  'the first threads come up': { ms: 2, ps: 1, tasks: 2 },
  'two Ps, the second while the first is stuck': { ms: 2, up: 2, ps: 2, tasks: 3, stuck: 1 },
  'a task starts another': { ms: 2, up: 2, ps: 2, tasks: 1, children: 1, stuck: 1 },
  'a batch from the global queue': { ms: 2, up: 2, ps: 2, tasks: 1, residents: 1, children: 2, stuck: 1 },
  'a slow thread is offered a P': { ms: 2, up: 2, ps: 1, tasks: 2, slow: 1 },
  'a thread is stuck in a resident when it is offered a P': { ms: 3, up: 2, ps: 1, tasks: 1, slow: 1, residents: 1, stuck: 1 }, // prettier-ignore
  'a blocking call': { ms: 2, up: 2, ps: 1, tasks: 1, slow: 1, blockingCalls: 1 },
  'two blocking calls, and a task that waits with them': { ms: 2, up: 2, ps: 1, tasks: 2, blockingCalls: 2 },
  'a resident blocks': { ms: 2, up: 2, ps: 1, tasks: 1, residents: 1, blockingCalls: 1, slow: 1 },
  'a resident blocks for good': { ms: 2, up: 2, ps: 1, tasks: 1, residents: 1, blockingCalls: 1, stuck: 1 },
  'threads that nap': { ms: 2, up: 2, ps: 1, tasks: 1, slow: 1, naps: true },
} satisfies Record<string, Setting>

test.each(Object.entries(settings))('%s: every task is started, whatever the order', (_, setting) => {
  const { states } = explore(new Wakeup(setting))
  expect(states).toBeGreaterThan(1000)
})

/** Where leaving a line out shows. */
const shows: Record<Mutation, keyof typeof settings> = {
  'submitter looks before it queues': 'two tasks, one of them stuck, on one P',
  'SPINNING is lowered for a thread that never looked, blindly': 'threads that nap',
  'a spinner does not look again': 'two tasks, one of them stuck, on one P',
  'STARTING is lowered behind the look': 'the first threads come up',
  'a thread that gives its P up does not look behind it': 'two Ps, the second while the first is stuck',
  'what a batch brought to a ring is not announced': 'a batch from the global queue',
  'nobody is woken by a spinner that finds work': 'two Ps, the second while the first is stuck',
  'sysmon does not look behind a P that it put to rest': 'threads that nap',
  'sysmon leaves a P with a thread that does not come to get it':
    'a thread is stuck in a resident when it is offered a P',
  'sysmon does not look whom it took the offer from': 'threads that nap',
  'no look between ASLEEP and sleep': 'two tasks, one of them stuck, on one P',
  'a thread whose P was revoked is not idle again': 'a thread is stuck in a resident when it is offered a P',
  'a thread whose P was revoked sleeps beside the idle lists': 'a slow thread is offered a P',
  'a stand-in is lost with the offer that was revoked': 'a blocking call',
  'a stand-in is lost with a P that sysmon took': 'a blocking call',
}

test.each(MUTATIONS)('without it something is lost: %s', (broken) => {
  expect(() => explore(new Wakeup({ ...settings[shows[broken]], broken }))).toThrow(ModelError)
})

describe('the explorer finds', () => {
  /** Two processes that add 1 to a word, in two steps, under a lock or not. */
  class Adding implements Model {
    readonly initial = Uint8Array.from([0, 0, 0, 0, 0, 0])
    readonly processes = 2
    private readonly locked: boolean
    private readonly goal: number

    constructor(locked: boolean, goal: number) {
      this.locked = locked
      this.goal = goal
    }

    // Word 0 is added to, word 1 the lock; then for each process where it is and what it has read.
    step(s: Uint8Array, process: number): string | undefined {
      const at = 2 + 2 * process
      if (s[at] === 0) {
        if (this.locked && s[1] === 1) return undefined
        s[1] = 1
        s[at + 1] = s[0] as number
      } else if (s[at] === 1) {
        s[0] = (s[at + 1] as number) + 1
        s[1] = 0
      } else return undefined
      ;(s[at] as number)++
      return `${process} step ${s[at]}`
    }
    good(s: Uint8Array): boolean {
      return s[0] === this.goal
    }
    show(s: Uint8Array): string {
      return s.join(' ')
    }
  }

  test('what goes wrong in one order only, with the way to it', () => {
    expect(explore(new Adding(true, 2))).toEqual({ states: 9, steps: 8 })
    expect(() => explore(new Adding(false, 2))).toThrow(
      /^here everything stops\n\n(.*\n){4}.* 1 step 2 {2,}1 0 2 0 2 0$/,
    )
  })

  test('what cannot be reached from everywhere', () => {
    class Circle extends Adding {
      override step(s: Uint8Array): string {
        s[0] = ((s[0] as number) % 3) + 1
        return 'on'
      }
    }
    expect(() => explore(new Circle(false, 7))).toThrow('from here on nothing leads to a good end')
    expect(explore(new Circle(false, 3)).states).toBe(4)
  })

  test('more states than one wants', () => {
    expect(() => explore(new Wakeup(settings['a blocking call']), 10)).toThrow('more than 10 states')
  })
})
