/*
 * Builds the package it is started in: JavaScript by tsup, declarations by tsc.
 */

import { rmSync } from 'node:fs'
import { mustRun } from './run.ts'

const cwd = process.cwd()
rmSync('dist', { recursive: true, force: true })
await Promise.all([mustRun('tsup', [], cwd), mustRun('tsc', ['--pretty', 'false', '-p', 'tsconfig.build.json'], cwd)])
