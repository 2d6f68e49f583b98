/*
 * The steps of sysmon: T, and of those to whom it gives what it has taken, H and D. See wakeup.ts.
 */

import type { Step } from './wakeup-steps.ts'
import {
  FIRST,
  LIMBO,
  M_SPINNING,
  NEXT_P,
  NO,
  OWNER,
  PC,
  RET,
  RUNTIME,
  SAVED,
  SEEN,
  STAND_IN,
  STATE,
  SYSCALL,
  SYSMON,
  TASKS,
  THE_M,
  THE_P,
  USER,
  WAITS,
  YES,
} from './wakeup-words.ts'

export const SYSMON_STEPS: Record<string, Step> = {
  /* Sysmon. */
  'T.look': (w) => {
    const due: number[] = []
    for (let p = 0; p < w.setting.ps; p++) {
      const state = w.p(p, STATE)
      if (state !== USER && state !== SYSCALL) continue
      const m = w.p(p, OWNER) - 1
      const isStuck = state === SYSCALL || w.of(m, PC) === w.numberOf('X.stuck')
      if (!isStuck && w.get('SLOW') === 0) continue
      const offered = w.of(m, NEXT_P) === p + 1
      if (offered) {
        if (w.broken('sysmon leaves a P with a thread that does not come to get it')) continue
      } else if (state === USER && (w.get('SPINNING') + w.get('PIDLE') > 0 || !w.anyQueued)) continue
      due.push(p)
    }
    if (due.length === 0) return false
    const p = w.pick(due)
    if (w.p(p, STATE) === USER && w.of(w.p(p, OWNER) - 1, PC) !== w.numberOf('X.stuck')) w.add('SLOW', -1)
    w.putP(p, SEEN, 1)
    w.put(THE_P, p + 1)
    return 'T.take'
  },
  'T.take': (w) => {
    const p = w.own(THE_P) - 1
    const state = w.p(p, STATE)
    if (w.p(p, SEEN) === 0 || (state !== USER && state !== SYSCALL)) {
      w.putP(p, SEEN, 0)
      w.put(THE_P, 0)
      return 'T.look'
    }
    w.put(SAVED, w.p(p, OWNER))
    w.ownP(p, SYSMON, RUNTIME)
    return 'T.revoke'
  },
  'T.revoke': (w) => {
    const m = w.own(SAVED) - 1
    const offered = w.of(m, NEXT_P) === w.own(THE_P)
    if (offered) w.putOf(m, NEXT_P, 0)
    if (offered && !w.broken('sysmon does not look whom it took the offer from')) return 'T.unspin'
    w.put(SAVED, 0)
    return 'H.first'
  },
  'T.unspin': (w) => {
    const m = w.own(SAVED) - 1
    if (w.of(m, M_SPINNING) === 0) return 'T.standIn'
    w.putOf(m, M_SPINNING, 0)
    // The subroutine needs the register.
    w.put(LIMBO, w.own(THE_P))
    return w.call('W.lower', 'T.standIn')
  },
  'T.standIn': (w) => {
    if (w.own(LIMBO) !== 0) {
      w.put(THE_P, w.own(LIMBO))
      w.put(LIMBO, 0)
    }
    const m = w.own(SAVED) - 1
    if (w.of(m, WAITS) === 1 && !w.broken('a stand-in is lost with the offer that was revoked')) {
      if (!w.unlocked) return false
      w.putOf(m, STAND_IN, 1)
    }
    w.put(SAVED, 0)
    return 'H.first'
  },

  /*
   * handOffP, by sysmon. NO says whether it has counted the M it wakes as one that spins, SAVED whether a thread that waits for
   * a P has had this one last, and tasks come first.
   */
  'H.first': (w) => {
    const p = w.own(THE_P) - 1
    if (w.p(p, FIRST) === 0) return 'H.standIn'
    return w.p(p, TASKS) > 0 ? 'H.after' : 'H.submitted'
  },
  'H.submitted': (w) => (w.get('SUBMITTED') > 0 ? 'H.after' : 'H.standIn'),
  'H.after': (w) => {
    w.put(SAVED, 1)
    return 'H.tasks'
  },
  'H.standIn': (w) => {
    if (!w.unlocked) return false
    return w.giveToStandIn() ? 'H.offer' : 'H.tasks'
  },
  'H.offer': (w) => {
    const m = w.own(THE_M) - 1
    w.putOf(m, NEXT_P, w.own(THE_P))
    w.wake(m)
    const spins = w.own(NO) === 1
    for (const register of [THE_M, THE_P, SAVED, YES, NO]) w.put(register, 0)
    return spins ? w.call('W.lower', 'T.look') : 'T.look'
  },
  'H.tasks': (w) => (w.p(w.own(THE_P) - 1, TASKS) > 0 || w.qsize > 0 ? 'H.take' : 'H.spinning'),
  'H.spinning': (w) => (w.get('SPINNING') > 0 ? 'D.take' : 'H.pidle'),
  'H.pidle': (w) => (w.get('PIDLE') > 0 ? 'D.take' : 'H.count'),
  'H.count': (w) => {
    if (w.get('SPINNING') > 0) return 'D.take'
    w.set('SPINNING', 1)
    w.put(NO, 1)
    return 'H.take'
  },
  'H.take': (w) => {
    if (!w.unlocked) return false
    const m = w.takeM()
    if (m < 0) {
      // Behind it SPINNING is lowered, or all queues are looked at.
      w.put(YES, 1)
      return w.own(SAVED) === 1 ? 'H.need' : 'D.take'
    }
    w.put(SAVED, 0)
    w.ownP(w.own(THE_P) - 1, m + 1, USER)
    w.put(THE_M, m + 1)
    w.set('LOCK', 1)
    return 'H.give'
  },
  // The tasks have their turn with the thread that comes up.
  'H.need': (w) => {
    w.put(SAVED, 0)
    if (w.get('STARTING') === 0 || w.get('STARTING') < Math.min(w.get('PIDLE'), w.queued)) {
      if (w.get('ORDERS') >= w.unborn) w.set('CUT', 1)
      w.order()
    }
    return 'H.late'
  },
  'H.late': (w) => {
    if (!w.unlocked) return false
    return w.giveToStandIn() ? 'H.offer' : 'D.take'
  },
  'H.give': (w) => {
    const m = w.own(THE_M) - 1
    w.putOf(m, M_SPINNING, w.own(NO))
    w.putOf(m, NEXT_P, w.own(THE_P))
    w.set('LOCK', 0)
    for (const register of [THE_M, THE_P, NO]) w.put(register, 0)
    w.wake(m)
    w.keepWarm()
    return 'T.look'
  },

  /* dropP. */
  'D.take': (w) => {
    const p = w.own(THE_P) - 1
    w.put(LIMBO, w.p(p, TASKS))
    w.putP(p, TASKS, 0)
    return w.own(LIMBO) > 0 ? 'D.spill' : 'D.idle'
  },
  'D.spill': (w) => {
    if (!w.unlocked) return false
    w.add('QUEUE', w.own(LIMBO))
    return 'D.idle'
  },
  'D.idle': (w) => {
    if (!w.unlocked) return false
    w.idleP(w.own(THE_P) - 1)
    const spins = w.own(NO) === 1
    const looks =
      spins || w.own(LIMBO) > 0 || w.own(YES) === 1 || !w.broken('sysmon does not look behind a P that it put to rest')
    for (const register of [THE_P, LIMBO, YES, NO]) w.put(register, 0)
    if (!looks) return 'T.look'
    w.put(RET, w.numberOf('T.look'))
    return spins ? 'W.lower' : w.scan('W.pidle', 'return')
  },
}
