import { library } from '../../tsup.shared.ts'

export default library(
  ['src/index.ts', 'src/worker.ts', 'src/platform-node.ts', 'src/platform-web.ts'],
  // A copy of its own: extensions that are registered with it change no other user's (src/payload/objects.ts).
  ['msgpackr'],
)
