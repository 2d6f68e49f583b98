/*
 * The smallest channel for async functions that we could write: ring buffers and one promise per wait.
 * No cancellation, no errors, no yielding to the event loop. A yardstick, not a peer.
 */
import type { AsyncChannels, Selector } from '../async/channels.ts'
import { asyncPrograms } from '../async/programs.ts'
import type { Program, Programs } from '../harness/program.ts'

/** A first-in first-out queue over an array whose length is a power of two. */
class Ring<T> {
  #slots: (T | undefined)[] = Array.from({ length: 16 })
  #head = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  push(value: T): void {
    if (this.#count === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#count++) & (this.#slots.length - 1)] = value
  }

  shift(): T | undefined {
    if (this.#count === 0) return undefined
    const value = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#count--
    return value
  }

  #grow(): void {
    const size = this.#slots.length
    const ordered = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)]
    ordered.length = size * 2
    this.#slots = ordered
    this.#head = 0
  }
}

interface Race {
  won: boolean
}

interface Receiver {
  readonly resolve: (value: number) => void
  /** Set for a select; a receiver whose race is won already is passed over. */
  readonly race?: Race
}

interface Sender {
  readonly value: number
  readonly resolve: () => void
}

class Channel {
  readonly #capacity: number
  readonly #buffer = new Ring<number>()
  readonly #receivers = new Ring<Receiver>()
  readonly #senders = new Ring<Sender>()
  #closed = false
  #stale = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  send(value: number): Promise<void> | undefined {
    const receiver = this.#nextReceiver()
    if (receiver) {
      receiver.resolve(value)
      return undefined
    }
    if (this.#buffer.count < this.#capacity) {
      this.#buffer.push(value)
      return undefined
    }
    return new Promise((resolve) => this.#senders.push({ value, resolve }))
  }

  recv(): Promise<number> | number {
    const value = this.poll()
    if (value !== undefined) return value
    return new Promise((resolve) => this.#receivers.push({ resolve }))
  }

  /** What can be received at once; -1: closed; undefined: nothing yet. */
  poll(): number | undefined {
    const buffered = this.#buffer.shift()
    const sender = this.#senders.shift()
    if (buffered !== undefined) {
      if (sender) this.#buffer.push(sender.value)
      sender?.resolve()
      return buffered
    }
    sender?.resolve()
    return sender?.value ?? (this.#closed ? -1 : undefined)
  }

  enter(receiver: Receiver): void {
    this.#receivers.push(receiver)
  }

  /** Counts a lost race, and sweeps the queue when most of it is lost ones: O(1) for each, in the mean. */
  leave(): void {
    if (++this.#stale < 32 || this.#stale * 2 < this.#receivers.count) return
    for (let i = this.#receivers.count; i > 0; i--) {
      const receiver = this.#receivers.shift()
      if (receiver && !receiver.race?.won) this.#receivers.push(receiver)
    }
    this.#stale = 0
  }

  close(): void {
    this.#closed = true
    for (let receiver = this.#nextReceiver(); receiver; receiver = this.#nextReceiver()) {
      receiver.resolve(-1)
    }
  }

  #nextReceiver(): Receiver | undefined {
    for (;;) {
      const receiver = this.#receivers.shift()
      if (!receiver?.race) return receiver
      if (!receiver.race.won) {
        receiver.race.won = true
        return receiver
      }
    }
  }
}

interface Choice {
  readonly index: number
  readonly value: number
}

const selector = (channels: readonly Channel[]): Selector<Choice> => ({
  next: () => {
    const first = Math.floor(Math.random() * channels.length)
    for (let i = 0; i < channels.length; i++) {
      const index = (first + i) % channels.length
      const value = channels[index]?.poll()
      if (value !== undefined) return { index, value }
    }
    return new Promise((resolve) => {
      const race: Race = { won: false }
      for (const [index, channel] of channels.entries()) {
        channel.enter({
          race,
          resolve: (value) => {
            for (const other of channels) if (other !== channel) other.leave()
            resolve({ index, value })
          },
        })
      }
    })
  },
  which: (choice) => choice.index,
  value: (choice) => choice.value,
})

const library: AsyncChannels<Channel, number, Choice> = {
  open: (capacity) => new Channel(capacity),
  send: (channel, value) => channel.send(value),
  recv: (channel) => channel.recv(),
  value: (value) => value,
  finish: (channel) => channel.close(),
  selector,
}

/** mutex-using: `using` of something that does nothing, in a function that does nothing else. */
const using: Program = async (n) => {
  const nothing = { [Symbol.dispose]: () => {} }
  let sum = 0
  for (let i = 0; i < n; i++) {
    using _ = nothing
    sum += i
  }
  return { sum }
}

export const load = async (): Promise<Programs> => ({ ...asyncPrograms(library), 'mutex-using': using })
