/*
 * The packages built on core, for tests of @gmp/core/testing: what is tested there is what users do with channels, locks and
 * contexts. By path, because core's manifest cannot name packages that depend on core.
 */

export * from '../../chan/src/index.ts'
export * as context from '../../context/src/index.ts'
export * from '../../sync/src/index.ts'
