/*
 * Generators as JavaScriptCore (Bun, Safari) runs them: there `yield*` does not hand on the object that an iterator's next()
 * gave, but makes a result of its own from its `done` and `value`.
 */

/** A generator that does what `generator` does, and lets through no object but values. */
export function rewrapped<P, R>(generator: Generator<P, R, void>): Generator<P, R, void> {
  const again = <T extends IteratorResult<P, R>>({ done, value }: T) => ({ done, value }) as T
  return {
    next: () => again(generator.next()),
    return: (value: R) => again(generator.return(value)),
    throw: (error: unknown) => again(generator.throw(error)),
    [Symbol.iterator]() {
      return this
    },
    [Symbol.dispose]: () => void generator.return(undefined as R),
    [Symbol.toStringTag]: 'Generator',
  } as Generator<P, R, void>
}
