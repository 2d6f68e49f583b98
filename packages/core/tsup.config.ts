import { library } from '../../tsup.shared.ts'

export default library(
  [
    'src/index.ts',
    'src/internal.ts',
    'src/host-node.ts',
    'src/host-web.ts',
    'src/testing.ts',
    'src/testing/platform-node.ts',
    'src/testing/platform-web.ts',
  ],
  // A copy of its own: extensions that are registered with it change no other user's (src/payload/objects.ts).
  ['msgpackr'],
)
