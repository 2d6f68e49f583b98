/*
 * Our own channels with await: the programs that every library of async/await channels runs.
 */
import { type Chan, chan, recv, select } from '@gmp/chan'
import { go } from '@gmp/core'
import type { AsyncChannels, Selector } from '../async/channels.ts'
import { patternPrograms } from '../async/patterns.ts'
import { asyncPrograms } from '../async/programs.ts'
import { syncPrograms, tryPrograms } from '../async/sync.ts'
import type { Program, Programs } from '../harness/program.ts'

type Ch = Chan<number>

interface Choice {
  readonly case: 'a' | 'b' | 'c' | 'd'
  readonly value: number | undefined
}

/** The keyed form, as a program would write it for two or for four channels. */
const selector = (channels: readonly Ch[]): Selector<Choice> => {
  const [a, b, c, d] = channels
  if (!a || !b) throw new Error('a selector needs two channels at least')
  return {
    next:
      c && d
        ? () => select({ a: recv(a), b: recv(b), c: recv(c), d: recv(d) })
        : () => select({ a: recv(a), b: recv(b) }),
    which: (choice) => 'abcd'.indexOf(choice.case),
    value: (choice) => choice.value ?? -1,
  }
}

const library: AsyncChannels<Ch, number | undefined, Choice> = {
  open: (capacity) => chan<number>(capacity),
  send: (ch, value) => ch.send(value),
  recv: (ch) => ch.recv(),
  value: (value) => value ?? -1,
  finish: (ch) => ch.close(),
  selector,
  signalled: {
    send: (ch, value, signal) => ch.send(value, { signal }),
    recv: (ch, signal) => ch.recv({ signal }),
  },
  go: (task) => go(task),
}

const spawn: Program = async (n) => {
  const task = async (i: number): Promise<number> => i
  const handles = Array.from({ length: n }, (_, i) => go(task, i))
  let sum = 0
  for (const handle of handles) sum += await handle
  return { sum }
}

export const load = async (): Promise<Programs> => ({
  ...asyncPrograms(library),
  ...patternPrograms,
  spawn,
  ...syncPrograms,
})

/** The same, of a program that tries before it awaits. */
export const loadTry = async (): Promise<Programs> => tryPrograms
