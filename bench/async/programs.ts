/*
 * Puts together the programs that a library of async/await channels can run.
 */
import type { Program, Programs, RowName } from '../harness/program.ts'
import { abort } from './abort.ts'
import type { AsyncChannels } from './channels.ts'
import { eventloop } from './eventloop.ts'
import { fan } from './fan.ts'
import { parked } from './parked.ts'
import { pingpong } from './pingpong.ts'
import { select2, select4, selectIdle } from './select.ts'
import { sieve } from './sieve.ts'
import { stream } from './stream.ts'

/** All programs that a library can run, but for the rows left out. */
export const asyncPrograms = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
  without: readonly RowName[] = [],
): Programs => {
  const all: [RowName, Program | undefined][] = [
    ['unbuffered', stream(lib, 0)],
    ['buffered100', stream(lib, 100)],
    ['pingpong', pingpong(lib)],
    ['select2', lib.selector && select2(lib, lib.selector)],
    ['select4', lib.selector && select4(lib, lib.selector)],
    ['fan', fan(lib)],
    ['sieve', sieve(lib)],
    ['parked', parked(lib)],
    ['abort', lib.signalled && abort(lib, lib.signalled)],
    ['eventloop', eventloop(lib)],
    ['select-idle', lib.selector && selectIdle(lib, lib.selector)],
  ]
  return Object.fromEntries(all.filter(([name, program]) => program && !without.includes(name)))
}
