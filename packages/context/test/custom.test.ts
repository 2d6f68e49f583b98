/*
 * Parents that are not this package's, and misbehave as such things do.
 */

import { Canceled, cause, DeadlineExceeded, withCancel, withTimeout, background, type Context } from '@gmp/context'
import { chan } from '@gmp/chan'
import { Hour, numGoroutine } from '@gmp/core'
import { checkTimers } from '@gmp/core/internal'
import { expect, test } from 'vitest'
import { checkContext } from '../src/check.ts'
import { CustomDoneContext } from './custom.ts'

/** Ends when told, and calls back as `afterFunc` says. */
class Told extends CustomDoneContext {
  error: Error | null = null
  readonly stopped: string[] = []
  private readonly register: (f: () => void, self: Told) => (() => void) | undefined

  constructor(register: (f: () => void, self: Told) => (() => void) | undefined) {
    super(background())
    this.register = register
  }

  override err(): Error | null {
    return this.error
  }

  afterFunc(f: () => void): (() => void) | undefined {
    return this.register(f, this)
  }
}

test('a custom parent that is done already ends the child at once, with no goroutine and no afterFunc', () => {
  const before = numGoroutine()
  const parent = new Told(() => expect.fail('it is done'))
  parent.error = DeadlineExceeded
  parent.channel.close()
  for (const [child] of [withCancel(parent), withTimeout(parent, Hour)]) {
    expect([child.err(), cause(child)]).toEqual([DeadlineExceeded, DeadlineExceeded])
    checkContext(child)
  }
  expect([numGoroutine(), checkTimers()]).toEqual([before, 0])
})

test('an afterFunc that calls back at once ends the child; nothing is taken back later', () => {
  const parent = new Told((f, self) => {
    self.error = Canceled
    f()
    return () => self.stopped.push('again')
  })
  const [child, cancel] = withCancel(parent)
  expect(child.err()).toBe(Canceled)
  checkContext(child)
  cancel()
  expect(parent.stopped).toEqual([])
})

test('an afterFunc that calls back again, or after it was taken back, changes nothing', () => {
  let call = (): void => {}
  const parent = new Told((f) => {
    call = f
    return () => {}
  })
  const [child, cancel] = withCancel(parent)
  cancel()
  parent.error = DeadlineExceeded
  call()
  call()
  expect(child.err()).toBe(Canceled)
  const [late] = withCancel(parent)
  call()
  call()
  expect(late.err()).toBe(DeadlineExceeded)
  checkContext(late)
})

test('an afterFunc that gives nothing back is helped by a goroutine, which goes with the child', async () => {
  const before = numGoroutine()
  const [child, cancel] = withCancel(new Told(() => undefined))
  expect(numGoroutine()).toBe(before + 1)
  cancel()
  expect(child.err()).toBe(Canceled)
  await new Promise<void>((resolve) => void setImmediate(resolve))
  expect(numGoroutine()).toBe(before)
})

test('what a custom parent throws comes out of the call, and nothing is left', () => {
  const fail = (what: string) => () => {
    throw new Error(what)
  }
  const [inner] = withCancel(background())
  const before = numGoroutine()
  const own = (method: object): Context => Object.assign(new CustomDoneContext(inner, chan()), method)
  expect(() => withCancel(own({ done: fail('done') }))).toThrow('done')
  expect(() => withCancel(own({ value: fail('value') }))).toThrow('value')
  expect(() => withCancel(own({ afterFunc: fail('afterFunc') }))).toThrow('afterFunc')
  expect(() => withTimeout(own({ deadline: fail('deadline') }), 1)).toThrow('deadline')
  expect([checkContext(inner), checkTimers(), numGoroutine()]).toEqual([0, 0, before])
})

test('what a custom parent answers for keys it cannot know does no harm', () => {
  for (const value of [42, 'text', {}, null, undefined, () => 1]) {
    const parent: Context = Object.assign(new CustomDoneContext(background()), { value: () => value })
    const [child, cancel] = withCancel(parent)
    cancel()
    expect([child.err(), cause(child)]).toEqual([Canceled, Canceled])
    Object.assign(parent, { err: () => Canceled })
    expect(cause(parent)).toBe(Canceled)
  }
})
