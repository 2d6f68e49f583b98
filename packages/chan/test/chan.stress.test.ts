import { getEventListeners } from 'node:events'
import { chan, recv, select, send, type Chan } from '@gmp/chan'
import { go, gosched, numGoroutine, sleep, type Goroutine, type Op, type Park } from '@gmp/core'
import { checkGoroutines, checkLoop, checkTimers, rt, swapHost } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { asyncFunctions, eachSeed, generators, VirtualHost, type Idiom, type Random } from 'testkit'
import { expect, test } from 'vitest'
import { checkChan } from '../src/hchan.ts'
import { KERNEL } from '../src/kernel.ts'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

interface Size {
  readonly senders: number
  readonly receivers: number
  readonly values: number
  readonly kills: number
  readonly aborts: number
}

/** What a receiver got from which channel, in its order. */
interface Received {
  readonly receiver: number
  readonly channel: number
  readonly value: number
}

/** Each value says who sent it and as which: a sender's values grow. */
const PER_SENDER = 1_000_000
const senderOf = (value: number): number => Math.floor(value / PER_SENDER)

class Storm {
  readonly received: Received[] = []
  readonly accepted = new Set<number>()
  /** Values whose sender was killed while it sent: they may have gone. */
  readonly flying = new Map<Goroutine<unknown>, number>()
  readonly goroutines: Goroutine<unknown>[] = []
  readonly channels: Chan<number>[]
  killed = 0
  aborted = 0
  private readonly random: Random
  private readonly size: Size
  private controllers: AbortController[]

  constructor(random: Random, size: Size) {
    this.random = random
    this.size = size
    this.channels = [0, random.int(4), random.int(50)].map((cap) => chan<number>(cap))
    this.controllers = [0, 1, 2].map(() => new AbortController())
  }

  private idiom(): Idiom<Park> {
    return this.random.chance(0.5) ? generators<Park>() : asyncFunctions<Park>()
  }

  private signal(): { signal?: AbortSignal } {
    const { random } = this
    return random.chance(0.3) ? { signal: random.pick(this.controllers).signal } : {}
  }

  /** Something that may happen between two operations. */
  private pause(): Op<unknown> | undefined {
    if (this.random.chance(0.9)) return undefined
    return this.random.chance(0.7) ? gosched() : sleep(this.random.int(3))
  }

  private send(value: number): Op<unknown> {
    const { random } = this
    const [a, b] = random.shuffled(this.channels) as [Chan<number>, Chan<number>]
    if (random.chance(0.5)) return a.send(value, this.signal())
    return select({ a: send(a, value), b: send(b, value) }, { ...this.signal(), priority: random.chance(0.2) })
  }

  private *sender({ $ }: Idiom<Park>, id: number, self: () => Goroutine<unknown>) {
    for (let k = 0; k < this.size.values; k++) {
      const value = id * PER_SENDER + k
      this.flying.set(self(), value)
      try {
        yield* $(this.send(value))
        this.accepted.add(value)
      } catch (error) {
        if (error !== 'aborted') throw error
        this.aborted++
      }
      this.flying.delete(self())
      const pause = this.pause()
      if (pause !== undefined) yield* $(pause)
    }
  }

  /** Ends when it has seen the end of every channel. One that always selects serves every sender in the end. */
  private *receiver({ $ }: Idiom<Park>, id: number, always = false) {
    const open = new Set(this.channels.keys())
    while (open.size > 0) {
      const list = this.random.shuffled([...open])
      const one = list[0] as number // Safety: not empty.
      try {
        const several = always || this.random.chance(0.5)
        const result = several
          ? yield* $(
              select(
                list.map((i) => recv(this.channels[i])),
                this.signal(),
              ),
            )
          : { case: 0, ...(yield* $((this.channels[one] as Chan<number>).recvOk(this.signal()))) }
        const channel = list[result.case] as number // Safety: the index of a case.
        if (!result.ok) open.delete(channel)
        else this.received.push({ receiver: id, channel, value: result.value })
      } catch (error) {
        if (error !== 'aborted') throw error
        this.aborted++
      }
      const pause = this.pause()
      if (pause !== undefined) yield* $(pause)
    }
  }

  private start(
    body: (idiom: Idiom<Park>, self: () => Goroutine<unknown>) => Generator<Park, void, void>,
  ): Goroutine<unknown> {
    const idiom = this.idiom()
    const self: Goroutine<unknown> = go(idiom.fn(() => body(idiom, () => self)))
    this.goroutines.push(self)
    // A killed goroutine is no failure of the test.
    self.catch((error: { code?: string }) => (error.code === 'GMP_CORE_KILLED' ? this.killed++ : Promise.reject(error)))
    return self
  }

  async run(): Promise<void> {
    const { size, random } = this
    const senders = Array.from({ length: size.senders }, (_, i) =>
      this.start((idiom, self) => this.sender(idiom, i + 1, self)),
    )
    for (let i = 0; i < size.receivers; i++) this.start((idiom) => this.receiver(idiom, i))
    // The last receiver is not killed, so that the senders can end.
    const idiom = this.idiom()
    const last = go(idiom.fn(() => this.receiver(idiom, size.receivers, true)))
    const violence = go(async () => {
      for (let i = size.kills + size.aborts; i > 0; i--) {
        await sleep(random.int(20) / 10)
        if (random.int(i) < size.kills) random.pick(this.goroutines).kill()
        else this.abort()
        this.check()
      }
    })
    await violence
    await Promise.allSettled(senders)
    for (const channel of this.channels) channel.close()
    await Promise.allSettled(this.goroutines)
    await last
  }

  private abort(): void {
    const i = this.random.int(3)
    this.controllers[i]?.abort('aborted')
    this.controllers[i] = new AbortController()
  }

  check(): void {
    for (const channel of this.channels) checkChan(channel[KERNEL])
    checkLoop()
    checkGoroutines()
    checkTimers()
  }

  /** Nothing is lost, duplicated or out of order, and nothing is left. */
  verify(): void {
    const values = this.received.map(({ value }) => value)
    expect(new Set(values).size, 'no value arrives twice').toBe(values.length)
    const flying = new Set(this.flying.values())
    expect(
      values.filter((v) => !this.accepted.has(v) && !flying.has(v)),
      'what arrives was sent',
    ).toEqual([])
    const arrived = new Set(values)
    const lost = [...this.accepted].filter((v) => !arrived.has(v))
    // A receiver that is killed with a value in its hands takes it along.
    expect(lost.length, `lost: ${lost.slice(0, 10).join()}`).toBeLessThanOrEqual(this.killed)
    const before = new Map<string, number>()
    for (const { receiver, channel, value } of this.received) {
      const key = `${receiver} ${channel} ${senderOf(value)}`
      if ((before.get(key) ?? -1) >= value)
        throw new Error(`receiver ${receiver} got ${value} from channel ${channel} behind ${before.get(key)}`)
      before.set(key, value)
    }
    for (const channel of this.channels) expect(channel.len).toBe(0)
    expect(this.controllers.flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([])
  }
}

async function storm(random: Random, size: Size): Promise<Storm> {
  const host = new VirtualHost({ random: random.bits, step: 0.02 })
  const before = swapHost(host)
  // What an earlier storm left of its budget must not decide where this one's slices end.
  rt.budget = 8
  rt.quantum = 8
  const it = new Storm(random, size)
  await it.run()
  for (let quiet = 0; quiet < 5; quiet = rt.scheduled || rt.sliceEnd !== 0 ? 0 : quiet + 1) await turn()
  it.check()
  it.verify()
  expect(numGoroutine(), 'no goroutine is left').toBe(1)
  expect(rt.outside, 'no promise is left').toBe(0)
  expect(checkTimers(), 'no timer is left').toBe(0)
  expect(host.reported).toEqual([])
  swapHost(before)
  return it
}

// oxlint-disable-next-line no-console -- a stress test prints its seed.
const announce = (text: string): void => console.info(text)

test('without kills every accepted value arrives, in the order of its sender, whatever is aborted', async () => {
  let aborted = 0
  await eachSeed(stress, { runs: 60, announce }, async (random) => {
    const size = { senders: 1 + random.int(8), receivers: random.int(6), values: 200, kills: 0, aborts: 20 }
    const it = await storm(random, size)
    aborted += it.aborted
    expect(it.received.length).toBe(it.accepted.size)
  })
  expect(aborted).toBeGreaterThan(0)
})

test('with kills nothing is lost but what a killed receiver held, and nothing is left behind', async () => {
  let killed = 0
  await eachSeed(stress, { runs: 100, announce }, async (random) => {
    const size = { senders: 2 + random.int(8), receivers: 1 + random.int(8), values: 100, kills: 8, aborts: 8 }
    killed += (await storm(random, size)).killed
  })
  expect(killed).toBeGreaterThan(0)
})

test('many goroutines on few channels come to an end', async () => {
  await eachSeed(stress, { runs: 5, announce }, async (random) => {
    const it = await storm(random, { senders: 200, receivers: 100, values: 30, kills: 30, aborts: 30 })
    expect(it.received.length).toBeGreaterThan(1000)
  })
})
