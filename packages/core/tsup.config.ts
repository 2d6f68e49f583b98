import { library } from '../../tsup.shared.ts'

export default library(['src/index.ts', 'src/internal.ts', 'src/host-node.ts', 'src/host-web.ts'])
