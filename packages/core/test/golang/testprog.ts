/*
 * Programs that end badly, run by crash.test.ts and proc.test.ts in processes of their own: node testprog.ts NAME.
 *
 * Behaviours and names from Go's src/runtime/testdata/testprog/deadlock.go, panicrace.go and misc.go, and
 * testprognet/net.go (BSD-3-Clause, The Go Authors).
 */

import { connect, createServer } from 'node:net'
import { go, goexit, gosched, numGoroutine, run, sleep, wait } from '@gmp/core'

/** What never happens, and keeps no program alive. */
function never(): Promise<never> {
  return new Promise(() => {})
}

/** Go's panic: as a call it may stand in a `finally`, where it replaces what was thrown before. */
function panic(text: string): never {
  throw new Error(text)
}

const programs: Record<string, () => unknown> = {
  NumGoroutine() {
    console.log(numGoroutine())
  },

  SimpleDeadlock() {
    run(function* main() {
      yield* wait(never())
      console.log('not reached')
    })
  },
  SimpleDeadlockAsync() {
    run(async function main() {
      await sleep(1)
      await wait(never())
      console.log('not reached')
    })
  },
  async InitDeadlock() {
    await wait(never())
    console.log('not reached')
  },
  LockedDeadlock2() {
    run(function* main() {
      go(function* other() {
        yield* wait(never())
      })
      yield* sleep(1)
      yield* wait(never())
    })
  },

  GoexitDeadlock() {
    const f = function* (): Generator<never, void, void> {
      for (let i = 0; i < 10; i++);
    }
    run(function* main() {
      go(f)
      go(f)
      goexit()
    })
  },
  GoexitDeadlockAsync() {
    run(async function main() {
      await sleep(1)
      goexit()
    })
  },
  GoexitExit() {
    run(function* main() {
      go(function* () {
        yield* sleep(1)
      })
      goexit()
    })
  },
  GoexitInPanic() {
    run(function* main() {
      go(function* () {
        try {
          throw new Error('hello')
        } finally {
          goexit()
        }
      })
      goexit()
    })
  },
  PanicAfterGoexit() {
    run(function* main() {
      try {
        goexit()
      } finally {
        panic('hello')
      }
    })
  },
  RecoveredPanicAfterGoexit() {
    run(function* main() {
      try {
        goexit()
      } finally {
        try {
          panic('hello')
        } catch {
          console.log('recovered')
        }
      }
    })
  },
  RecoverBeforePanicAfterGoexit() {
    run(function* main() {
      try {
        try {
          goexit()
        } finally {
          panic('hello')
        }
      } catch {
        console.log('recovered')
      }
    })
  },
  RecoverBeforePanicAfterGoexit2() {
    run(function* main() {
      try {
        try {
          try {
            try {
              goexit()
            } finally {
              panic('hello')
            }
          } catch {
            console.log('recovered')
          }
        } finally {
          // Deferred before the two above, so it runs behind them.
          console.log('deferred 1')
        }
      } finally {
        console.log('deferred 0')
      }
    })
  },

  GoNil() {
    run(function* main() {
      go(undefined as never)
    })
  },
  MainGoroutineID() {
    run(function* main() {
      throw new Error('test')
    })
  },
  PanicRace() {
    run(function* main() {
      go(function* PanicRace() {
        try {
          throw new Error('crash')
        } finally {
          yield* gosched()
        }
      })
      yield* gosched()
    })
  },
  GoschedInPanic() {
    class ErrorThatGosched extends Error {
      override get message() {
        void gosched()
        return 'errorThatGosched'
      }
    }
    run(function* main() {
      throw new ErrorThatGosched()
    })
  },
  PanicLoop() {
    class PanicError extends Error {
      override get message(): string {
        throw new Error('double error')
      }
    }
    run(function* main() {
      throw new PanicError()
    })
  },

  NetpollDeadlock() {
    run(function* main() {
      const server = createServer((socket) => void setTimeout(() => socket.end(), 20))
      const port = yield* wait(
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
      )
      const socket = connect(port, '127.0.0.1')
      yield* wait(new Promise((resolve) => socket.on('end', resolve).resume()))
      server.close()
      console.log('done')
    })
  },
}

await programs[process.argv[2] ?? '']?.()
