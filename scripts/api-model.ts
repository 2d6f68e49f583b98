/*
 * The public surface of an entry, as API Extractor sees it in the declarations that are built: a report for people to review,
 * and a model for programs to compare.
 */

import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel, ExtractorMessageCategory } from '@microsoft/api-extractor'
import type { ExtractorResult, IConfigFile } from '@microsoft/api-extractor'
import { publicEntries, root, type Package } from './packages.ts'

/** Where models and reports of what is built go. */
const built: string = join(root, '.packed/api')

export interface Entry {
  /** The folder of the package; declarations are in its dist, reports in its api. */
  readonly dir: string
  /** The package's folder by its name, and the entry's: `core`, `testing`. */
  readonly short: string
  readonly name: string
}

export function entriesOf(pkg: Package): Entry[] {
  return publicEntries(pkg).map(({ source }) => ({ dir: pkg.dir, short: pkg.short, name: basename(source, '.ts') }))
}

/** The name of a report: `chan.api.md`; `core.testing.api.md` for a second entry. */
export function reportName({ short, name }: Entry): string {
  return name === 'index' ? `${short}.api.md` : `${short}.${name}.api.md`
}

/** Compares the report of an entry with the one that is checked in; writes it when `update` is true. */
export function report(entry: Entry, update: boolean): ExtractorResult {
  const reportFolder = join(entry.dir, 'api')
  mkdirSync(reportFolder, { recursive: true })
  mkdirSync(built, { recursive: true })
  return invoke(entry, update, {
    apiReport: { enabled: true, reportFolder, reportTempFolder: built, reportFileName: reportName(entry) },
    docModel: { enabled: false },
  })
}

/** Writes the model of an entry into `folder`. With what is not exported: a base class is its heirs' surface. */
export function model(entry: Entry, folder: string = built): string {
  const file = join(folder, `${entry.short}.${entry.name}.api.json`)
  mkdirSync(folder, { recursive: true })
  const { succeeded } = invoke(entry, true, {
    apiReport: { enabled: false },
    docModel: { enabled: true, includeForgottenExports: true, apiJsonFilePath: file },
  })
  if (!succeeded) throw new Error(`API Extractor cannot read ${join(entry.dir, `dist/${entry.name}.d.ts`)}`)
  return file
}

type Parts = Pick<IConfigFile, 'apiReport' | 'docModel'>

function invoke(entry: Entry, localBuild: boolean, parts: Parts): ExtractorResult {
  const { dir, name } = entry
  const none = { logLevel: ExtractorLogLevel.None }
  const configObject: IConfigFile = {
    ...parts,
    projectFolder: dir,
    mainEntryPointFilePath: join(dir, `dist/${name}.d.ts`),
    compiler: { tsconfigFilePath: join(dir, 'tsconfig.build.json') },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      extractorMessageReporting: {
        default: none,
        // A type that users meet but cannot name.
        'ae-forgotten-export': parts.apiReport?.enabled
          ? { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true }
          : none,
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
    localBuild,
    messageCallback: (message) => {
      // Its banner and its advice to copy files by hand.
      message.handled = message.category === ExtractorMessageCategory.Console
    },
  })
}
