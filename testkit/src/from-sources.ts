/*
 * How Node runs a program with the sources of all packages.
 */

/**
 * Node strips the types of what a thread imports with WebAssembly, whose imports V8 compiles anew after 1000 calls. When threads do that
 * at once, V8 13.6 ends the process now and then: "Check failed: jit_page.has_value()" (nodejs/node#64500).
 */
export const SAFE_STRIPPING = '--wasm-wrapper-tiering-budget=1000000000'

/** Node's options. */
export const FROM_SOURCES: readonly string[] = ['--conditions=@gmp/source', SAFE_STRIPPING]

/** No program of ours takes as long, in ms: what has not ended by then hangs. */
export const HANGS = 180_000
