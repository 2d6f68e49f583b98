/*
 * The seam between the programs of this directory and a library of async/await channels.
 *
 * Every sample has a process of its own, so each call through the seam has one target and is inlined; a
 * library pays nothing for going through it. Our own await rows go through it as well.
 */
/** Waits for one of several receives, as often as asked. */
export interface Selector<Choice> {
  next(): PromiseLike<Choice> | Choice
  /** The index of the channel that won. */
  which(choice: Choice): number
  value(choice: Choice): number
}

/** Operations that take an abort signal. */
export interface Signalled<C, Received> {
  send(channel: C, value: number, signal: AbortSignal): unknown
  recv(channel: C, signal: AbortSignal): PromiseLike<Received> | Received
}

export interface AsyncChannels<C, Received, Choice = never> {
  open(capacity: number): C
  send(channel: C, value: number): unknown
  recv(channel: C): PromiseLike<Received> | Received
  /** The number received, or -1: closed. */
  value(received: Received): number
  /** Tells `readers` receivers that no more comes: closes, or sends each of them -1. */
  finish(channel: C, readers: number): void
  readonly selector?: (channels: readonly C[]) => Selector<Choice>
  readonly signalled?: Signalled<C, Received>
  /** Starts a task. Default: calls the async function. */
  readonly go?: <R>(task: () => Promise<R>) => PromiseLike<R>
}

/** A finish for libraries that cannot close, or that lose buffered values when they do. */
export const finishBySentinel =
  <C>(send: (channel: C, value: number) => unknown) =>
  (channel: C, readers: number): void => {
    for (let i = 0; i < readers; i++) void send(channel, -1)
  }

/** Starts a task the way the library does. */
export const starter = <C, Received, Choice>(
  lib: AsyncChannels<C, Received, Choice>,
): (<R>(task: () => Promise<R>) => PromiseLike<R>) => lib.go ?? ((task) => task())
