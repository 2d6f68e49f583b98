/*
 * What the direction types forbid: each misuse is an error of the type checker, each proper use is none.
 *
 * The misuses are the 15 of Go's test/chan/perm.go (BSD-3-Clause, The Go Authors), in its order.
 */

import { range, recv, select, send, type Chan, type RecvChan, type SendChan } from '@gmp/chan'

declare let c: Chan<number>
declare let cr: RecvChan<number>
declare let cs: SendChan<number>
declare const n: number

cr = c
cs = c
// @ts-expect-error -- 1: a receive-only channel is no channel of both directions.
c = cr
// @ts-expect-error -- 2: nor is a send-only one.
c = cs
// @ts-expect-error -- 3: a send-only channel does not receive.
cr = cs
// @ts-expect-error -- 4: a receive-only channel does not send.
cs = cr

// @ts-expect-error -- 5: a receive from what is no channel.
await n.recv()
// @ts-expect-error -- 6: a send to what is no channel.
await n.send(2)

await c.send(0)
await c.recv()
await c.recvOk()

// @ts-expect-error -- 7: a send to a receive-only channel.
await cr.send(0)
await cr.recv()
await cr.recvOk()

await cs.send(0)
// @ts-expect-error -- 8: a receive from a send-only channel.
await cs.recv()
// @ts-expect-error -- 9: the same, with ok.
await cs.recvOk()

await select({
  a: send(c, 0),
  b: recv(c),
  // @ts-expect-error -- 10: a case that sends to a receive-only channel.
  c: send(cr, 0),
  d: recv(cr),
  e: send(cs, 0),
  // @ts-expect-error -- 11: a case that receives from a send-only channel.
  f: recv(cs),
})

// @ts-expect-error -- 12: a loop over a send-only channel.
for await (const v of cs) void v // oxlint-disable-line typescript/await-thenable -- that is the mistake.
// @ts-expect-error -- 13: the same, with a function.
await range(cs, () => {})

c.close()
cs.close()
// @ts-expect-error -- 14: a close of a receive-only channel.
cr.close()
// @ts-expect-error -- 15: a close of what is no channel.
n.close()
