import { getEventListeners } from 'node:events'
import { numGoroutine } from '@gmp/core'
import { rt, swapHost, type Host } from '@gmp/core/internal'
import { stress } from '@gmp/core/testing'
import { eachSeed, type Random } from 'testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { World, type Actor, type Call, type Form, type Instant, type WaitCase } from './world.ts'

let host: Host
beforeAll(() => {
  host = rt.attached ? rt.host : swapHost(new World(fixed, [], () => 0).host)
})
const fixed = { bits: () => 0 } as Random
afterAll(() => {
  swapHost(host)
})

/** How much of each thing a program does. */
interface Taste {
  readonly capacities: readonly (number | 'nil')[]
  readonly outside: number
  readonly violence: number
}

class Program {
  readonly world: World
  private readonly random: Random
  private readonly taste: Taste
  private readonly controllers = Array.from({ length: 3 }, () => new AbortController())
  private readonly used: AbortController[] = []
  private value = 0

  constructor(random: Random, taste: Taste) {
    this.random = random
    this.taste = taste
    // Mostly a slow clock; now and then an operation takes most of a slice, or more than one.
    this.world = new World(random, taste.capacities, () => random.pick([0.01, 0.01, 0.01, 0.01, 2, 6, 15]))
    for (let i = 0; i < 3; i++) this.world.hire()
  }

  private waitCase(): { -readonly [K in keyof WaitCase]: WaitCase[K] } {
    const pair = this.random.pick(this.world.pairs)
    // Values are unique, and odd and even ones take turns: nil channels are written in two ways.
    return { pair, sends: this.random.chance(0.5), value: ++this.value }
  }

  call(blocks: boolean): Call {
    const { random } = this
    const form = random.pick<Form>(['send', 'recv', 'recvOk', 'step', 'array', 'keyed', 'array', 'keyed'])
    const several = form === 'array' || form === 'keyed'
    const count = several ? random.int(5) : 1
    const cases = Array.from({ length: count }, () => ({
      ...this.waitCase(),
      ...(several ? {} : { sends: form === 'send' }),
    }))
    // Several cases on one channel send the same value: which of them is served is open.
    for (const one of cases) one.value = cases.find(({ pair }) => pair === one.pair)?.value ?? 0
    const stuck = cases.every(({ pair }) => pair.model === null)
    const withSignal = form !== 'step' && blocks && (stuck || random.chance(0.3))
    const signal = withSignal ? random.pick(this.controllers) : undefined
    return stuck && form === 'step'
      ? this.call(blocks)
      : { form, cases, priority: several && random.chance(0.2), signal }
  }

  private instant(): Instant {
    const { random, taste } = this
    if (random.chance(0.65)) return { do: 'call', call: this.call(true) }
    if (random.chance(0.6)) return { do: 'try', call: this.call(false) }
    if (random.chance(taste.violence)) return random.pick([() => this.abort(), () => this.kill()])()
    return random.chance(0.1)
      ? { do: 'close', pair: random.pick(this.world.pairs) }
      : { do: 'try', call: this.call(false) }
  }

  abort(): Instant {
    const i = this.random.int(this.controllers.length)
    const controller = this.controllers[i] as AbortController // Safety: int(n) < n.
    if (this.used.includes(controller)) this.controllers[i] = new AbortController()
    else this.used.push(controller)
    return { do: 'abort', controller }
  }

  kill(): Instant {
    return { do: 'kill', actor: this.random.pick(this.world.actors) }
  }

  private batch(actor: Actor): Instant[] {
    const batch = Array.from({ length: 1 + this.random.int(3) }, () => this.instant())
    const suicide = batch.findIndex((instant) => instant.do === 'kill' && instant.actor === actor)
    // Who killed itself does not report, so what follows must need no decision.
    return suicide < 0 ? batch : [...batch.slice(0, suicide + 1), { do: 'call', call: this.single() }]
  }

  private single(): Call {
    const call = this.call(true)
    return call.cases.length === 1 ? call : this.single()
  }

  async step(): Promise<void> {
    const { random, world } = this
    const idle = world.actors.filter((actor) => actor.idle !== undefined && !actor.dying)
    if (idle.length < 2 && world.actors.length < 12) world.hire()
    const kind = random.int(10)
    if (kind < 4 && idle.length > 0) {
      const actor = random.pick(idle)
      world.command(actor, this.batch(actor))
    } else if (kind < 7) {
      if (random.chance(this.taste.outside)) world.outside(this.instant())
      else if (random.chance(0.3)) await this.ordered()
    } else if (kind < 9) world.host.runOne()
    else await world.breathe()
    if (world.undecided !== undefined) await world.rest()
    world.check()
  }

  /** A close, or an abort, at rest: those a close wakes go on in the order they began to wait. */
  private async ordered(): Promise<void> {
    const { world, random } = this
    await world.rest()
    const before = world.reports.length
    const close = random.chance(0.3)
    world.outside(close ? { do: 'close', pair: random.pick(world.pairs) } : this.abort())
    const heads = world.actors.flatMap(({ on }) => on?.id ?? [])
    const woken = world.woken.filter((id) => heads.includes(id))
    await world.rest()
    const order = world.reports.slice(before).filter((id) => woken.includes(id))
    expect(close ? order : order.toSorted((a, b) => a - b)).toEqual(woken)
  }

  /** Ends everything and looks for what is left. */
  async end(): Promise<void> {
    const { world } = this
    await world.rest()
    for (const controller of [...this.controllers, ...this.used]) world.outside({ do: 'abort', controller })
    for (const actor of world.actors) world.outside({ do: 'kill', actor })
    await world.rest()
    const left: number[] = []
    for (const pair of world.pairs) if (pair.model?.closed === false) world.outside({ do: 'close', pair })
    await world.rest()
    for (const pair of world.pairs) {
      for (let r = pair.real.tryRecv(); r?.ok === true; r = pair.real.tryRecv()) left.push(r.value)
    }
    const arrived = [...world.received, ...left]
    expect(new Set(arrived).size, 'no value is duplicated').toBe(arrived.length)
    expect(world.lost(left), 'no value is lost').toEqual([])
    expect(numGoroutine(), 'no goroutine is left').toBe(1)
    expect(rt.outside, 'no promise is left').toBe(0)
    expect(world.host.reported, 'nothing is uncaught').toEqual([])
    expect([...this.controllers, ...this.used].map((c) => getEventListeners(c.signal, 'abort').length)).not.toContain(1)
  }
}

async function programs(random: Random, taste: Omit<Taste, 'capacities'>): Promise<void> {
  const capacities = Array.from({ length: 1 + random.int(4) }, () => random.pick([0, 0, 1, 2, 3, 'nil'] as const))
  const program = new Program(random, { ...taste, capacities })
  const steps = 10 + random.int(60)
  for (let i = 0; i < steps; i++) await program.step()
  await program.end()
}

test('goroutines on channels do what the sequential model does, under any schedule', async () => {
  await eachSeed(stress, { runs: 1000 }, (random) => programs(random, { outside: 0, violence: 0.3 }))
})

test('code outside goroutines does what the model does, on the same channels as goroutines', async () => {
  await eachSeed(stress, { runs: 1000 }, (random) => programs(random, { outside: 0.9, violence: 0.3 }))
})

test('under aborts and kills no value is lost, duplicated or reordered', async () => {
  await eachSeed(stress, { runs: 1000 }, (random) => programs(random, { outside: 0.5, violence: 0.9 }))
})
