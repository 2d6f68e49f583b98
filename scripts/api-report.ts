/*
 * The public surface of each package, checked in as `packages/<name>/api/<name>.api.md` so that a
 * change of it shows in review; `<name>.<entry>.api.md` for a second entry. Reports drift;
 * `--update` writes the files.
 */

import { entriesOf, report, reportName } from './api-model.ts'
import { readPackages } from './packages.ts'
import { mustRun } from './run.ts'

const update = process.argv.includes('--update')

if (update) await mustRun('turbo', ['run', 'build'])
for (const entry of readPackages().flatMap(entriesOf)) {
  const { apiReportChanged, errorCount } = report(entry, update)
  const file = `packages/${entry.short}/api/${reportName(entry)}`
  if (apiReportChanged)
    console.log(update ? `wrote ${file}` : `${file} is not what is built; run \`pnpm api\` and review it`)
  if (errorCount > 0 || (apiReportChanged && !update)) process.exitCode = 1
}
