/*
 * The thread of workerpool: here, because it imports the peer.
 */
import * as work from '../pools/work.ts'
import { loadPeer } from './load.ts'

const { default: workerpool } = await loadPeer<{ default: { worker(functions: object): void } }>('workerpool')
workerpool.worker({ ...work })
