/*
 * How every package's JavaScript is built; its types come from `tsc -p tsconfig.build.json`.
 *
 * One ESM build, unminified. `splitting` lets the entries of one package share their modules in a
 * common chunk: `@gmp/core` and `@gmp/core/internal` must be one runtime, not two.
 */

import { defineConfig } from 'tsup'

/** `bundled` are the packages that go into the build instead of being dependencies. */
export function library(entry: string[], bundled: string[] = []): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'es2023',
    platform: 'neutral',
    splitting: true,
    // Chosen by the runtime that loads it, not here.
    external: ['#host', '#platform'],
    noExternal: bundled,
    dts: false,
    sourcemap: true,
    minify: false,
    treeshake: false,
    removeNodeProtocol: false,
    silent: true,
  })
}
