/*
 * The other thread of the `thread-` rows: takes jobs from a shared channel, or from its port.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { sharedChan, type SharedChan } from '@gmp/chan'
import { go } from '@gmp/core'
import { SharedAtomicInt32, SharedMutex } from '@gmp/sync'
import { bareLocks, locks, locksSync, type Item, type Job, type LockJob } from './work.ts'

function* work(job: Job | LockJob) {
  if ('mu' in job) {
    if (job.what === 'lock') yield* locks(job)
    // Outside of goroutines, where it may.
    else setTimeout(locksSync, 0, job)
    return
  }
  const { what, there, back } = job
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
  // What arrives in the channel is opened as these.
  SharedMutex.expect()
  SharedAtomicInt32.expect()
  const open = sharedChan.open<Job | LockJob>(jobs)
  go(function* () {
    for (let r = yield* open.recvOk(); r.ok; r = yield* open.recvOk()) yield* work(r.value)
  })
} else {
  let sum = 0
  parentPort?.on('message', (message: number | Item | { echo: number } | { words: Int32Array; n: number } | 'end') => {
    if (message === 'end') {
      parentPort?.postMessage(sum)
      sum = 0
    } else if (typeof message === 'number') sum += message
    else if ('words' in message) {
      bareLocks(message.words, message.n)
      parentPort?.postMessage('done')
    } else if ('echo' in message) parentPort?.postMessage(message.echo + 1)
    else sum += message.id
  })
}
