/*
 * The fast path of a shared channel, in instructions (core, assembly.ts): what kernel.ts says under Locks, Fast, and does where this is
 * not to be had.
 *
 *     send, sendBox   compareExchange SEND · S_SLOW? · room? · slot · TAIL · unlock          a status
 *     recv            compareExchange LOCK · R_SLOW? · a value? · slot · HEAD · unlock       the value, when it is a number
 *
 * What recv() gives when it is no number, NaN, says nothing: the status is in the thread's record, ANSWER_STATUS, and when that is
 * DONE the double word that was received in ANSWER (box.ts).
 */

import {
  ANSWER,
  ANSWER_STATUS,
  LOCK,
  machine,
  TID,
  unlocking,
  wasm,
  type Arena,
  type Code,
  type Instructions,
} from './core.ts'
import {
  BLOCKED,
  BUSY,
  CAP,
  DONE,
  HEAD,
  HEAD_SEEN,
  MASK,
  R_SLOW,
  RING,
  S_SLOW,
  SEND,
  SLOW,
  TAIL,
  TAIL_SEEN,
} from './layout.ts'

/** Addresses in bytes: of the channel, and of this thread's record. */
export interface Fast {
  send(at: number, me: number, value: number): number
  sendBox(at: number, me: number, lo: number, hi: number): number
  recv(at: number, me: number): number
}

const { I32, F64, get, set, tee, int, nan, load, store, load64, store64, loadF64, storeF64 } = wasm
const { atomicLoad, atomicStore, compareExchange, add, sub, and, shl, equal, atLeast, atMost, equalF64, leave, when } =
  wasm

const AT = 0
const ME = 1

/** Takes the lock at `offset`; 0 on the stack when it was free. */
const locking = (offset: number): Instructions => [
  get(AT),
  int(0),
  get(ME),
  load(TID),
  int(1),
  shl,
  compareExchange(offset),
]

/** The address of the slot for `n`, for an access at RING. */
const slot = (n: number): Instructions => [get(AT), get(n), get(AT), load(MASK), and, int(3), shl, add]

/** A send of what `write` stores at the address on the stack; `tail` and the next are locals. */
function sending(tail: number, write: (address: Instructions) => Instructions): Instructions {
  const head = tail + 1
  const full = [get(AT), load(CAP), atLeast]
  return [
    [locking(SEND), when(int(BUSY), leave)],
    [get(AT), load(S_SLOW), when(int(SLOW), leave)],
    [get(AT), load(TAIL), tee(tail), get(AT), load(HEAD_SEEN), sub, full],
    when(
      [get(AT), get(AT), atomicLoad(HEAD), tee(head), store(HEAD_SEEN)],
      [get(tail), get(head), sub, full],
      when(unlocking(AT, SEND), int(BLOCKED), leave),
    ),
    write(slot(tail)),
    [get(AT), get(tail), int(1), add, atomicStore(TAIL)],
    unlocking(AT, SEND),
    int(DONE),
  ]
}

const status = (value: number): Instructions => [get(ME), int(value), store(ANSWER_STATUS)]
const HEAD_NOW = 2
const TAIL_NOW = 3
const VALUE = 4

const receiving: Instructions = [
  [locking(LOCK), when(status(BUSY), nan, leave)],
  [get(AT), load(R_SLOW), when(unlocking(AT, LOCK), status(SLOW), nan, leave)],
  [get(AT), load(HEAD), set(HEAD_NOW)],
  [get(AT), load(TAIL_SEEN), tee(TAIL_NOW), get(HEAD_NOW), sub, int(0), atMost],
  when(
    [get(AT), get(AT), atomicLoad(TAIL), tee(TAIL_NOW), store(TAIL_SEEN)],
    [get(TAIL_NOW), get(HEAD_NOW), equal],
    when(unlocking(AT, LOCK), status(BLOCKED), nan, leave),
  ),
  // Its bits, in case it is no number: those of a NaN do not come through a double.
  [get(ME), slot(HEAD_NOW), load64(RING), store64(ANSWER)],
  [get(AT), get(HEAD_NOW), int(1), add, atomicStore(HEAD)],
  unlocking(AT, LOCK),
  [get(ME), loadF64(ANSWER), set(VALUE)],
  [get(VALUE), get(VALUE), equalF64, when(get(VALUE), leave)],
  status(DONE),
  nan,
]

const functions: Record<keyof Fast, Code> = {
  send: {
    params: [I32, I32, F64],
    locals: [I32, I32],
    result: I32,
    body: sending(3, (address) => [address, get(2), storeF64(RING)]),
  },
  sendBox: {
    params: [I32, I32, I32, I32],
    locals: [I32, I32],
    result: I32,
    body: sending(4, (address) => [address, get(2), store(RING), address, get(3), store(RING + 1)]),
  },
  recv: { params: [I32, I32], locals: [I32, I32, F64], result: F64, body: receiving },
}

const made = /* @__PURE__ */ new WeakMap<Arena, Fast>()

/** What leaves everything to the other path. */
export const none = (a: Arena): Fast => ({
  send: () => BUSY,
  sendBox: () => BUSY,
  recv() {
    a.i32[a.me + ANSWER_STATUS] = BUSY
    return NaN
  },
})

/** The fast path in an arena, or none(). */
export function fastIn(a: Arena): Fast {
  let fast = made.get(a)
  if (fast === undefined) made.set(a, (fast = machine<Fast>(a, functions) ?? none(a)))
  return fast
}
