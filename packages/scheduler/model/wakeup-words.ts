/*
 * The words of wakeup.ts: what its steps read and write.
 */

/* Globals. */
export const GLOBALS = ['LOCK', 'SPINNING', 'NEED', 'STARTING', 'ORDERS', 'QUEUE', 'SUBMITTED', 'STARTED', 'PIDLE', 'LEFT', 'CHILDREN', 'STUCK', 'RESIDENTS', 'CALLS', 'SLOW', 'CUT'] as const // prettier-ignore
export type Global = (typeof GLOBALS)[number]
export const G = Object.fromEntries(GLOBALS.map((name, i) => [name, i])) as Record<Global, number>

/* Of a P. */
export const OWNER = 0
export const STATE = 1
export const TASKS = 2
/** Sysmon knows its word. */
export const SEEN = 3
/** TASKS_FIRST. */
export const FIRST = 4
export const P_BYTES = 5
export const [IDLE, RUNTIME, USER, SYSCALL] = [0, 1, 2, 3]
/** OWNER, when it is sysmon; Ms are their number + 1. */
export const SYSMON = 100

/* Of a process: what it does, where it goes on behind a subroutine, and registers. */
export const PC = 0
export const RET = 1
export const AT = 2
export const YES = 3
export const NO = 4
export const THE_M = 5
export const THE_P = 6
export const SAVED = 7
export const LIMBO = 8
export const REGISTERS = 9
/* Of an M besides. */
export const MY_P = 9
export const SPINS = 10
export const M_SPINNING = 11
export const NEXT_P = 12
export const LIST = 13
export const WORD = 14
export const WAITS = 15
export const STAND_IN = 16
export const M_BYTES = 17

export const LISTENING = 1
export const ASLEEP_LIST = 2
export const [AWAKE, ASLEEP, CALLED] = [0, 1, 2]
