/*
 * The public surface of each package, checked in as `packages/<name>/api/<name>.api.md` so that a
 * change of it shows in review. Reports drift; `--update` writes the files.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel, ExtractorMessageCategory } from '@microsoft/api-extractor'
import type { ExtractorResult, IConfigFile } from '@microsoft/api-extractor'
import { readPackages, root } from './packages.ts'
import type { Package } from './packages.ts'
import { mustRun } from './run.ts'

const update = process.argv.includes('--update')

function report({ short, dir }: Package): ExtractorResult {
  const none = { logLevel: ExtractorLogLevel.None }
  const configObject: IConfigFile = {
    projectFolder: dir,
    mainEntryPointFilePath: join(dir, 'dist/index.d.ts'),
    compiler: { tsconfigFilePath: join(dir, 'tsconfig.build.json') },
    apiReport: {
      enabled: true,
      reportFolder: join(dir, 'api'),
      reportTempFolder: join(root, '.packed/api'),
      reportFileName: `${short}.api.md`,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      extractorMessageReporting: {
        default: none,
        // A type that users meet but cannot name.
        'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
      },
      tsdocMessageReporting: { default: none },
    },
  }
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(dir, 'package.json'),
  })
  return Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      // Its banner and its advice to copy files by hand.
      message.handled = message.category === ExtractorMessageCategory.Console
    },
  })
}

if (update) await mustRun('turbo', ['run', 'build'])
for (const pkg of readPackages()) {
  mkdirSync(join(pkg.dir, 'api'), { recursive: true })
  const { apiReportChanged, errorCount } = report(pkg)
  const file = `packages/${pkg.short}/api/${pkg.short}.api.md`
  if (apiReportChanged)
    console.log(update ? `wrote ${file}` : `${file} is not what is built; run \`pnpm api\` and review it`)
  if (errorCount > 0 || (apiReportChanged && !update)) process.exitCode = 1
}
