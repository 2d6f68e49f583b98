import { library } from '../../tsup.shared.ts'

export default library(['src/index.ts', 'src/worker.ts', 'src/platform-node.ts', 'src/platform-web.ts'])
