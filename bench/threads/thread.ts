/*
 * The other thread of the `thread-` rows: takes jobs from a shared channel, or from its port.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { sharedChan, type SharedChan } from '@gmp/chan'
import { go } from '@gmp/core'
import type { Item, Job } from './work.ts'

function* work({ what, there, back }: Job) {
  if (what === 'echo') {
    for (let r = yield* there.recvOk(); r.ok; r = yield* there.recvOk()) yield* back.send((r.value as number) + 1)
    back.close()
    return
  }
  let sum = 0
  for (let r = yield* there.recvOk(); r.ok; r = yield* there.recvOk())
    sum += what === 'sum' ? r.value : (r.value as Item).id
  yield* back.send(sum)
}

const { jobs } = workerData as { jobs?: SharedChan<Job> }
if (jobs !== undefined) {
  const open = sharedChan.open<Job>(jobs)
  go(function* () {
    for (let r = yield* open.recvOk(); r.ok; r = yield* open.recvOk()) yield* work(r.value)
  })
} else {
  let sum = 0
  parentPort?.on('message', (message: number | Item | { echo: number } | 'end') => {
    if (message === 'end') {
      parentPort?.postMessage(sum)
      sum = 0
    } else if (typeof message === 'number') sum += message
    else if ('echo' in message) parentPort?.postMessage(message.echo + 1)
    else sum += message.id
  })
}
