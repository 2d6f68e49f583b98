/*
 * The public surface of each package, checked in as `packages/<name>/api/<name>.api.md` so that a
 * change of it shows in review; `<name>.<entry>.api.md` for a second entry. Reports drift;
 * `--update` writes the files.
 */

import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel, ExtractorMessageCategory } from '@microsoft/api-extractor'
import type { ExtractorResult, IConfigFile } from '@microsoft/api-extractor'
import { publicEntries, readPackages, root } from './packages.ts'
import type { Package } from './packages.ts'
import { mustRun } from './run.ts'

const update = process.argv.includes('--update')

/** The names of the public entries in dist. */
function entryNames(pkg: Package): string[] {
  return publicEntries(pkg).map(({ source }) => basename(source, '.ts'))
}

function reportName({ short }: Package, entry: string): string {
  return entry === 'index' ? `${short}.api.md` : `${short}.${entry}.api.md`
}

function report(pkg: Package, entry: string): ExtractorResult {
  const { dir } = pkg
  const none = { logLevel: ExtractorLogLevel.None }
  const configObject: IConfigFile = {
    projectFolder: dir,
    mainEntryPointFilePath: join(dir, `dist/${entry}.d.ts`),
    compiler: { tsconfigFilePath: join(dir, 'tsconfig.build.json') },
    apiReport: {
      enabled: true,
      reportFolder: join(dir, 'api'),
      reportTempFolder: join(root, '.packed/api'),
      reportFileName: reportName(pkg, entry),
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
  for (const entry of entryNames(pkg)) {
    const { apiReportChanged, errorCount } = report(pkg, entry)
    const file = `packages/${pkg.short}/api/${reportName(pkg, entry)}`
    if (apiReportChanged)
      console.log(update ? `wrote ${file}` : `${file} is not what is built; run \`pnpm api\` and review it`)
    if (errorCount > 0 || (apiReportChanged && !update)) process.exitCode = 1
  }
}
