/*
 * The testkit: what the packages' tests share. It imports no `@gmp` package, so that every one of them can use it.
 */

export { findChromium } from './chromium.ts'
export { exhaust, type Both, type Difference, type Explorer, type Run } from './exhaust.ts'
export { outcomes, type Choose } from './outcomes.ts'
export {
  asyncFunctions,
  generators,
  type Body,
  type Handle,
  type Idiom,
  type IdiomName,
  type OpShape,
} from './idioms.ts'
export { ChanModel, ModelChan, type ModelCase, type ModelOutcome } from './models/chan.ts'
export { runProgram, type Ending } from './program.ts'
export { rewrapped } from './rewrapped.ts'
export { ScriptedHost } from './scripted-host.ts'
export { eachSeed, Random, type Seeds, type Stress } from './seed.ts'
export { VirtualHost, type HostShape, type VirtualOptions } from './virtual-host.ts'
export { runVirtual, type KernelShape, type TestEnv, type TestOptions } from './virtual-test.ts'
export { settled } from './settled.ts'
