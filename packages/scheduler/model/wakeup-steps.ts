/*
 * The steps of the main thread and of the Ms. The letter in front of a step's name says where it is: see wakeup.ts.
 */

import {
  ASLEEP,
  ASLEEP_LIST,
  AT,
  AWAKE,
  CALLED,
  FIRST,
  LIMBO,
  LIST,
  LISTENING,
  MY_P,
  M_SPINNING,
  NEXT_P,
  NO,
  OWNER,
  RET,
  RUNTIME,
  SAVED,
  SPINS,
  STAND_IN,
  STATE,
  SYSCALL,
  TASKS,
  THE_M,
  THE_P,
  USER,
  WAITS,
  WORD,
  YES,
} from './wakeup-words.ts'
import type { Wakeup } from './wakeup.ts'

/** Takes a step; answers the next, or false when there is none at this moment. */
export type Step = (w: Wakeup) => string | false

export const STEPS: Record<string, Step> = {
  return: () => false,

  /* The main thread. */
  'S.submit': (w) => {
    if (w.get('LEFT') === 0) return false
    w.add('LEFT', -1)
    if (w.broken('submitter looks before it queues')) return w.call('W.pidle', 'S.put')
    w.add('SUBMITTED', 1)
    return w.call('W.pidle', 'S.submit')
  },
  'S.put': (w) => {
    w.add('SUBMITTED', 1)
    return 'S.submit'
  },

  /* wakeP */
  'W.pidle': (w) => (w.get('PIDLE') === 0 ? w.return() : 'W.midle'),
  'W.midle': (w) => (w.midle > 0 ? 'W.count' : 'W.starting'),
  'W.starting': (w) => {
    w.put(AT, w.get('STARTING'))
    return 'W.enough'
  },
  'W.enough': (w) => {
    const starting = w.own(AT)
    w.put(AT, 0)
    return starting > 0 && starting >= Math.min(w.get('PIDLE'), w.queued) ? w.return() : 'W.count'
  },
  'W.count': (w) => {
    if (w.get('SPINNING') !== 0) return w.return()
    w.set('SPINNING', 1)
    return 'W.take'
  },
  'W.take': (w) => {
    if (!w.unlocked) return false
    const m = w.takeM()
    if (m < 0) return 'W.need'
    const p = w.takeP(m + 1, USER)
    if (p < 0) {
      w.putOf(m, LIST, LISTENING)
      w.set('NEED', 1)
      return 'W.lower'
    }
    w.set('LOCK', 1)
    w.put(THE_M, m + 1)
    w.put(THE_P, p + 1)
    return 'W.give'
  },
  'W.give': (w) => {
    const m = w.own(THE_M) - 1
    w.putOf(m, M_SPINNING, 1)
    w.putOf(m, NEXT_P, w.own(THE_P))
    w.set('LOCK', 0)
    w.wake(m)
    w.keepWarm()
    return w.return()
  },
  'W.need': (w) => {
    if (w.get('STARTING') > 0 && w.get('STARTING') >= Math.min(w.get('PIDLE'), w.queued)) return 'W.lower'
    if (w.get('ORDERS') >= w.unborn) w.set('CUT', 1)
    w.order()
    return 'W.lower'
  },
  'W.lower': (w) => {
    w.add('SPINNING', -1)
    return w.broken('SPINNING is lowered for a thread that never looked, blindly')
      ? w.return()
      : w.scan('W.pidle', 'return')
  },

  /* anyQueued: the global queue, the Ps, the submitter. */
  'Q.scan': (w) => {
    const at = w.own(AT)
    const { ps } = w.setting
    const found = at === 0 ? w.qsize : at <= ps ? w.p(ps - at, TASKS) : w.get('SUBMITTED')
    if (found > 0) return w.scanned(YES)
    if (at > ps) return w.scanned(NO)
    w.put(AT, at + 1)
    return 'Q.scan'
  },

  /* A thread comes up. */
  'B.order': (w) => {
    if (w.get('ORDERS') === 0) return false
    w.add('ORDERS', -1)
    return w.broken('STARTING is lowered behind the look') ? 'B.look' : 'B.arrived'
  },
  'B.look': (w) => (w.get('PIDLE') === 0 ? 'B.late' : w.scan('B.arrived', 'B.late')),
  'B.late': (w) => {
    w.add('STARTING', -1)
    return 'E.idle'
  },
  'B.arrived': (w) => {
    w.add('STARTING', -1)
    return 'B.take'
  },
  'B.take': (w) => {
    if (w.get('PIDLE') === 0) return 'R.run'
    if (!w.unlocked) return false
    w.put(MY_P, w.takeP(w.mine, RUNTIME) + 1)
    return 'B.spin'
  },
  'B.spin': (w) => {
    w.spin()
    w.set('NEED', 0)
    w.keepWarm()
    return 'R.run'
  },

  /* The pump: the P it has, or the one it was given. */
  'R.run': (w) => {
    const p = w.own(MY_P) - 1
    if (p < 0) return 'R.given'
    if (w.p(p, OWNER) !== w.mine) {
      w.put(MY_P, 0)
      return 'R.given'
    }
    if (w.p(p, STATE) !== RUNTIME) w.ownP(p, w.mine, RUNTIME)
    return 'F.first'
  },
  'R.given': (w) => {
    if (w.own(NEXT_P) === 0) return w.noP()
    w.put(THE_P, w.own(NEXT_P))
    w.put(NEXT_P, 0)
    return 'R.receive'
  },
  'R.receive': (w) => {
    const p = w.own(THE_P) - 1
    w.put(THE_P, 0)
    w.put(SPINS, w.own(M_SPINNING))
    if (p >= 0 && w.p(p, OWNER) === w.mine && w.p(p, STATE) === USER) {
      w.ownP(p, w.mine, RUNTIME)
      w.put(MY_P, p + 1)
      return w.own(WAITS) === 1 ? 'A.got' : 'F.first'
    }
    // Sysmon was quicker with the P, and this thread with the offer: nobody else knows that it waits.
    if (w.own(WAITS) === 1 && p >= 0 && !w.broken('a stand-in is lost with a P that sysmon took')) return 'A.spill'
    return w.own(SPINS) === 1 ? 'R.unspin' : w.noP()
  },
  'R.unspin': (w) => {
    w.put(SPINS, 0)
    if (w.own(M_SPINNING) === 0) return w.noP()
    w.put(M_SPINNING, 0)
    return w.call('W.lower', w.noP())
  },

  /* findWork */
  'F.first': (w) => {
    const p = w.own(MY_P) - 1
    if (w.p(p, FIRST) === 0) return 'F.own'
    w.putP(p, FIRST, 0)
    return w.p(p, TASKS) > 0 ? 'F.own' : 'F.submitted'
  },
  'F.submitted': (w) => {
    if (w.get('SUBMITTED') === 0) return 'F.own'
    w.add('SUBMITTED', -1)
    return 'G.found'
  },
  'F.own': (w) => {
    const p = w.own(MY_P) - 1
    const tasks = w.p(p, TASKS)
    if (tasks === 0) return 'F.global'
    w.putP(p, TASKS, tasks - 1)
    return 'G.found'
  },
  'F.global': (w) => {
    if (w.qsize > 0 && !w.unlocked) return false
    const got = w.unlink()
    return got === 'none' ? 'F.maySpin' : w.unlinked(got)
  },
  'F.toRing': (w) => {
    const p = w.own(MY_P) - 1
    w.putP(p, TASKS, w.p(p, TASKS) + w.own(LIMBO))
    w.put(LIMBO, 0)
    if (w.own(SPINS) === 1 || w.broken('what a batch brought to a ring is not announced')) return 'G.found'
    return w.call('W.pidle', 'G.found')
  },
  'F.maySpin': (w) => {
    if (w.own(SPINS) === 1) return 'F.steal'
    w.put(AT, w.get('SPINNING'))
    return 'F.half'
  },
  'F.half': (w) => {
    const spinning = w.own(AT)
    w.put(AT, 0)
    return 2 * spinning < w.setting.ps - w.get('PIDLE') ? 'F.spin' : 'L.lock'
  },
  'F.spin': (w) => {
    w.spin()
    return 'F.need'
  },
  'F.need': (w) => {
    w.set('NEED', 0)
    return 'F.steal'
  },
  'F.steal': (w) => {
    const at = w.own(AT)
    const { ps } = w.setting
    const mine = w.own(MY_P) - 1
    const tasks = at === ps ? w.get('SUBMITTED') : at === mine ? 0 : w.p(at, TASKS)
    if (tasks === 0) {
      w.put(AT, at === ps ? 0 : at + 1)
      return at === ps ? 'L.lock' : 'F.steal'
    }
    const count = tasks - (tasks >> 1)
    if (at === ps) w.add('SUBMITTED', -count)
    else w.putP(at, TASKS, tasks - count)
    w.put(AT, 0)
    w.put(LIMBO, count - 1)
    return count > 1 ? 'F.toRing' : 'G.found'
  },

  /* releaseP */
  'L.lock': (w) => {
    if (!w.unlocked) return false
    const got = w.unlink()
    if (got !== 'none') return w.unlinked(got)
    if (w.own(SPINS) === 0 && w.get('NEED') === 1) {
      w.spin()
      w.set('NEED', 0)
      return 'F.own'
    }
    w.idleP(w.own(MY_P) - 1)
    w.put(MY_P, 0)
    if (w.own(SPINS) === 1) return 'Z.lower'
    if (w.broken('a thread that gives its P up does not look behind it')) return 'E.idle'
    w.put(RET, w.numberOf('E.idle'))
    return w.scan('W.pidle', 'return')
  },

  /* stopSpinning */
  'Z.lower': (w) => {
    w.unspin()
    return w.broken('a spinner does not look again') ? 'E.idle' : w.scan('Z.take', 'E.idle')
  },
  'Z.take': (w) => {
    if (!w.unlocked) return false
    const p = w.takeP(w.mine, RUNTIME)
    if (p < 0) {
      w.set('NEED', 1)
      return 'E.idle'
    }
    w.put(MY_P, p + 1)
    w.spin()
    w.set('NEED', 0)
    return 'F.own'
  },

  /* A task was found, or the stand-in of a thread. */
  'G.found': (w) => {
    if (w.own(SPINS) === 0) return 'G.start'
    w.unspin()
    return w.broken('nobody is woken by a spinner that finds work') ? 'G.start' : w.call('W.pidle', 'G.start')
  },
  'G.start': (w) => {
    w.add('STARTED', 1)
    w.ownP(w.own(MY_P) - 1, w.mine, USER)
    return 'X.user'
  },
  'G.standIn': (w) => {
    if (w.own(SPINS) === 0) return 'G.give'
    w.unspin()
    return w.call('W.pidle', 'G.give')
  },
  'G.give': (w) => {
    const p = w.own(MY_P)
    w.put(MY_P, 0)
    w.put(THE_P, p)
    w.putP(p - 1, FIRST, 1)
    w.ownP(p - 1, w.own(SAVED), USER)
    return 'G.offer'
  },
  'G.offer': (w) => {
    const m = w.own(SAVED) - 1
    w.putOf(m, NEXT_P, w.own(THE_P))
    w.wake(m)
    for (const register of [THE_P, SAVED]) w.put(register, 0)
    return 'E.idle'
  },

  /* User code, with a P or without. */
  'X.user': (w) => {
    const ways: (() => string)[] = [() => 'R.run']
    if (w.get('STUCK') > 0) ways.push(() => (w.add('STUCK', -1), 'X.stuck'))
    if (w.get('CHILDREN') > 0) ways.push(() => (w.add('CHILDREN', -1), 'X.submit'))
    if (w.get('CALLS') > 0) ways.push(() => (w.add('CALLS', -1), 'K.block'))
    return (ways[w.pick(ways.map((_, i) => i))] as () => string)()
  },
  'X.stuck': () => false,
  'X.submit': (w) => {
    const p = w.own(MY_P) - 1
    if (p < 0 || w.p(p, OWNER) !== w.mine) {
      w.put(MY_P, 0)
      return 'X.spill'
    }
    // The word comes back as it was: what sysmon has seen of it counts again.
    w.putP(p, STATE, RUNTIME)
    return 'X.put'
  },
  'X.put': (w) => {
    const p = w.own(MY_P) - 1
    w.putP(p, TASKS, w.p(p, TASKS) + 1)
    return 'X.back'
  },
  'X.back': (w) => {
    w.putP(w.own(MY_P) - 1, STATE, USER)
    return w.call('W.pidle', 'X.user')
  },
  'X.spill': (w) => {
    if (!w.unlocked) return false
    w.add('QUEUE', 1)
    return w.call('W.pidle', 'X.user')
  },

  /* blocking() */
  'K.block': (w) => {
    const p = w.own(MY_P) - 1
    if (p < 0 || w.p(p, OWNER) !== w.mine) {
      w.put(MY_P, 0)
      return 'X.user'
    }
    w.ownP(p, w.mine, SYSCALL)
    return 'K.call'
  },
  'K.call': (w) => {
    const p = w.own(MY_P) - 1
    if (w.p(p, OWNER) === w.mine) {
      w.ownP(p, w.mine, USER)
      return 'X.user'
    }
    w.put(MY_P, 0)
    return 'K.acquire'
  },
  'K.acquire': (w) => {
    if (w.get('PIDLE') === 0) return 'A.spill'
    if (!w.unlocked) return false
    w.put(MY_P, w.takeP(w.mine, USER) + 1)
    return 'X.user'
  },
  'A.spill': (w) => {
    if (!w.unlocked) return false
    w.put(STAND_IN, 1)
    w.put(WAITS, 1)
    return w.call('W.pidle', 'R.given')
  },
  'A.asleep': (w) => {
    w.put(WORD, ASLEEP)
    return 'A.check'
  },
  'A.check': (w) => {
    if (w.own(NEXT_P) === 0) return 'A.sleep'
    w.put(WORD, AWAKE)
    return 'R.given'
  },
  'A.sleep': (w) => {
    if (w.own(WORD) !== CALLED) return false
    w.put(WORD, AWAKE)
    return 'R.given'
  },
  'A.got': (w) => {
    w.put(WAITS, 0)
    w.ownP(w.own(MY_P) - 1, w.mine, USER)
    return 'X.user'
  },

  /* Nothing to do, and no P. */
  'E.idle': (w) => {
    if (!w.unlocked) return false
    w.idle(LISTENING)
    return 'E.look'
  },
  'E.look': (w) => {
    if (w.own(NEXT_P) === 0) return 'E.listed'
    w.put(WORD, AWAKE)
    return 'R.run'
  },
  'E.listed': (w) => {
    if (w.own(LIST) !== 0 || w.broken('a thread whose P was revoked is not idle again')) return 'E.asleep'
    if (!w.unlocked) return false
    w.idle(LISTENING)
    return 'E.asleep'
  },
  'E.asleep': (w) => {
    w.put(WORD, ASLEEP)
    return w.broken('no look between ASLEEP and sleep') ? 'E.listen' : 'E.check'
  },
  'E.check': (w) => {
    if (w.own(NEXT_P) !== 0) return 'E.look'
    return w.broken('a thread whose P was revoked sleeps beside the idle lists') || w.broken('a thread whose P was revoked is not idle again') ? 'E.listen' : 'E.check2' // prettier-ignore
  },
  'E.check2': (w) => (w.own(LIST) === 0 ? 'E.look' : 'E.listen'),
  'E.listen': (w) => {
    const ways: (() => string)[] = []
    if (w.own(WORD) === CALLED) ways.push(() => (w.put(WORD, AWAKE), 'E.look'))
    if (w.get('RESIDENTS') > 0) ways.push(() => (w.add('RESIDENTS', -1), 'Y.run'))
    if (w.setting.naps && w.own(WORD) === ASLEEP) ways.push(() => 'N.idle')
    return ways.length > 0 && (ways[w.pick(ways.map((_, i) => i))] as () => string)()
  },
  'Y.run': (w) => {
    const ways: (() => string)[] = [() => 'E.listen']
    if (w.get('STUCK') > 0) ways.push(() => (w.add('STUCK', -1), 'X.stuck'))
    if (w.get('CHILDREN') > 0) ways.push(() => (w.add('CHILDREN', -1), 'Y.spill'))
    if (w.get('CALLS') > 0) ways.push(() => (w.add('CALLS', -1), 'Y.block'))
    return (ways[w.pick(ways.map((_, i) => i))] as () => string)()
  },
  'Y.spill': (w) => {
    if (!w.unlocked) return false
    w.add('QUEUE', 1)
    return w.call('W.pidle', 'Y.run')
  },
  /* blocking() in a resident: with the P it was given, or without one, and then out of the idle list. */
  'Y.block': (w) => {
    if (w.own(NEXT_P) === 0) return 'Y.leave'
    w.put(THE_P, w.own(NEXT_P))
    w.put(NEXT_P, 0)
    w.put(YES, w.numberOf('Y.leave'))
    return 'Y.receive'
  },
  'Y.receive': (w) => {
    const p = w.own(THE_P) - 1
    const otherwise = w.labelOf(w.own(YES))
    w.put(THE_P, 0)
    w.put(YES, 0)
    w.put(SPINS, w.own(M_SPINNING))
    if (w.p(p, OWNER) === w.mine && w.p(p, STATE) === USER) {
      w.ownP(p, w.mine, RUNTIME)
      w.put(MY_P, p + 1)
      // The pump stands in the run queue from here on.
      w.put(WORD, AWAKE)
      return w.own(SPINS) === 1 ? 'Y.found' : 'K.block'
    }
    if (w.own(SPINS) === 0) return otherwise
    w.put(SPINS, 0)
    if (w.own(M_SPINNING) === 0) return otherwise
    w.put(M_SPINNING, 0)
    return w.call('W.lower', otherwise)
  },
  'Y.found': (w) => {
    w.unspin()
    return w.call('W.pidle', 'K.block')
  },
  'Y.leave': (w) => {
    if (w.own(LIST) === 0) return 'Y.again'
    if (!w.unlocked) return false
    w.put(LIST, 0)
    return 'Y.again'
  },
  'Y.again': (w) => {
    if (w.own(NEXT_P) === 0) return 'Y.call'
    w.put(THE_P, w.own(NEXT_P))
    w.put(NEXT_P, 0)
    w.put(YES, w.numberOf('Y.call'))
    return 'Y.receive'
  },
  // It blocks for as long as it likes; or for good, and then it is as one that is stuck.
  'Y.call': (w) => {
    const ways: (() => string)[] = [() => 'Y.back']
    if (w.get('STUCK') > 0) ways.push(() => (w.add('STUCK', -1), 'X.stuck'))
    return (ways[w.pick(ways.map((_, i) => i))] as () => string)()
  },
  'Y.back': (w) => {
    if (!w.unlocked) return false
    w.idle(LISTENING)
    return 'E.listen'
  },
  'N.idle': (w) => {
    if (!w.unlocked) return false
    w.idle(ASLEEP_LIST)
    return 'N.asleep'
  },
  'N.asleep': (w) => {
    w.put(WORD, ASLEEP)
    return 'N.check'
  },
  'N.check': (w) => {
    if (w.own(NEXT_P) === 0) return 'N.sleep'
    w.put(WORD, AWAKE)
    return 'N.over'
  },
  // It ends by itself, or is called.
  'N.sleep': (w) => {
    w.put(WORD, AWAKE)
    return 'N.over'
  },
  'N.over': (w) => {
    if (!w.unlocked) return false
    w.idle(LISTENING)
    return 'E.look'
  },
}
