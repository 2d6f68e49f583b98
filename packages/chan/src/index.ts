/*
 * @gmp/chan: channels, select, timers. The public surface.
 */

export { recv, send, type RecvCase, type SendCase } from './cases.ts'
export { Chan, chan, nilChan, type Received, type RecvChan, type SendChan } from './chan.ts'
export { range } from './iterate.ts'
export {
  SharedChan,
  sharedChan,
  type SharedChanMaker,
  type SharedChanOptions,
  type SharedCodec,
  type SharedHandle,
} from './shared/shared-chan.ts'
export { select, trySelect, type Cases, type Selected, type SelectOptions } from './select.ts'
export { after, afterFunc, tick, Ticker, Timer } from './timer.ts'
