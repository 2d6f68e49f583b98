/*
 * The report: one HTML page, complete in itself, with all of a result in charts and tables.
 */
import { overviewChart, rowChart } from './chart.ts'
import { cells, count, faults, header, titles } from './report.ts'
import type { Result, ResultRow } from './result.ts'

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 900px; margin: 2em auto; padding: 0 1em }
pre { background: #f4f4f4; padding: .8em 1em; white-space: pre-wrap }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
td, th { padding: .1em .6em; text-align: right; border-bottom: 1px solid #e5e5e5 }
td:first-child, td:last-child { text-align: left }
tr.ours td:first-child { font-weight: bold; color: #00758f }
.fault { color: #a33 }
`

const cell = (tag: 'td' | 'th', text: string): string => `<${tag}>${escape(text)}</${tag}>`

const table = (row: ResultRow): string => {
  const head = ['', ...titles(row), ''].map((title) => cell('th', title)).join('')
  const body = row.lines
    .filter(({ ms }) => ms !== undefined)
    .map((line) => {
      const figures = cells(row, line).map((text) => cell('td', text))
      return `<tr class="${line.kind}">${cell('td', line.library)}${figures.join('')}${cell('td', line.note)}</tr>`
    })
  return `<table>\n<tr>${head}</tr>\n${body.join('\n')}\n</table>`
}

const section = (row: ResultRow): string =>
  [
    `<h2 id="${escape(row.name)}">${escape(row.name)}</h2>`,
    `<p>${escape(`${count(row.n)} ${row.what} (op: ${row.unit})`)}</p>`,
    rowChart(row) ?? '',
    ...(row.bound === undefined ? [] : [`<p>What bounds ours: ${escape(row.bound)}</p>`]),
    table(row),
    ...faults(row.lines).map((text) => `<p class="fault">${escape(text)}</p>`),
  ].join('\n')

export const page = (result: Result): string => {
  const { machine, rounds, by, rows, versions, scale, loadAfter } = result
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'is not installed'}`)
  const links = rows.map(({ name }) => `<a href="#${escape(name)}">${escape(name)}</a>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gmp: measurements</title>
<style>${STYLE}</style>
</head>
<body>
<h1>gmp beside Go and beside its peers</h1>
<pre>${escape(header(machine, rounds, by))}
load after: ${escape(loadAfter)}${scale === 1 ? '' : `; every row ${scale} times its size`}</pre>
<p>Every program was run in a process of its own, and had to come to the sum that its row expects. Times are medians;
<b>x Go</b> and <b>x best peer</b> are times theirs, in this very run: below 1 ours is faster.
What the rows do, and how they are measured, is in
<a href="https://github.com/gmp-ts/gmp/tree/main/bench">bench/README.md</a>.</p>
<p>${links.join(' · ')}</p>
${overviewChart(rows) ?? ''}
${rows.map(section).join('\n')}
<h2>Versions of the peers</h2>
<p>${escape(peers.join(', '))}</p>
</body>
</html>
`
}
