/*
 * Messages between threads: what is not the end of a task. Blocks of one line, pushed into an inbox.
 *
 *   kind        to              content from word 2 on                  means
 *   NEED_M      root                                                    make a thread
 *   ALL_QUIET   root                                                    nothing is left to do on any M
 *   KILL        an M            g, and at word 4 its id as a double     its owner wants that task to end
 *   CANCEL      an M            descriptor                              a context that was given to that task has ended
 *   END         root            tid                                     that thread is out of reach: it is to be ended
 *   PANIC       root            payload                                 a goroutine of an M failed and nobody joined it
 *   ASK         any             tid of who asks, its slot, what         see record.ts; sent back as the answer
 */

export { ALL_QUIET, NEED_M } from './block.ts'
export const KILL = 2
export const CANCEL = 3
export const PANIC = 4
export const ASK = 5
export const END = 6
/** In END: which thread. */
export const END_TID = 2
