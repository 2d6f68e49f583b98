/*
 * The thread of poolifier: here, because it imports the peer.
 */
import * as oneArgument from '../pools/one-argument.ts'
import { loadPeer } from './load.ts'

const { ThreadWorker } = await loadPeer<{ ThreadWorker: new (functions: object) => object }>('poolifier')
export default new ThreadWorker({ ...oneArgument })
