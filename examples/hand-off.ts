// A blocking call on the only processor: the scheduler hands that over, and other tasks run meanwhile.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blocking, go, start, stats, stop, task } from '@gmp/scheduler'

/** Waits for a file the way many a lock file is waited for: synchronously. */
const waitForFile = task(import.meta.url, 'waitForFile', (path: string) => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  // blocking() tells the scheduler that this thread will be away.
  blocking(() => {
    while (!existsSync(path)) Atomics.wait(cell, 0, 0, 5)
  })
  return 'the file is there'
})

const square = task(import.meta.url, 'square', (n: number) => n * n)

if (import.meta.main) {
  const dir = mkdtempSync(join(tmpdir(), 'hand-off-'))
  const file = join(dir, 'ready')
  start({ procs: 1 })
  // The thread has imported this module by then: what is below is the hand-off alone.
  await go(square, 0)

  const waiting = go(waitForFile, file)
  // There is one processor, and the task above keeps its thread. These run all the same: the file is written only then.
  const squares: number[] = []
  for (let n = 1; n <= 5; n++) squares.push(await go(square, n))
  console.log(...squares)
  console.log('processors:', stats().procs, '- handed over:', stats().handOffs > 0)

  writeFileSync(file, '')
  console.log(await waiting)
  rmSync(dir, { recursive: true })
  await stop()
}

// To watch: GMPDEBUG=schedtrace=20,scheddetail=1 in the environment. The thread that blocks has p=nil, and another one has P0.

// Output:
// 1 4 9 16 25
// processors: 1 - handed over: true
// the file is there
