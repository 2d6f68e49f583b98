import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { page } from '../harness/page.ts'
import { readResult, stringify, type Result, type ResultLine } from '../harness/result.ts'
import { shown, speed } from '../harness/speed.ts'

const line = (library: string, kind: ResultLine['kind'], nsPerOp: number, more: Partial<ResultLine> = {}) => ({
  library,
  kind,
  n: 1000,
  note: '',
  ms: nsPerOp / 1000,
  cpuMs: Number.NaN,
  nsPerOp,
  spread: 0.05,
  peakRssMiB: 80,
  ...more,
})

const lines: ResultLine[] = [
  line('gmp', 'ours', 100, { xGo: 0.5, xBestPeer: 0.25 }),
  line('go(P=1)', 'go', 200, { xGo: 1, xBestPeer: 0.5 }),
  line('gmp-await', 'ours', 300, { xGo: 1.5, xBestPeer: 0.75, note: 'n = 10' }),
  line('a & <b>', 'peer', 400, { xGo: 2, xBestPeer: 1 }),
  line('slow', 'peer', 90_000, { xGo: 450, xBestPeer: 225 }),
  { library: 'broken', kind: 'peer', n: 1000, note: 'HANGS: no result within 60 s' },
]

const result: Result = {
  machine: {
    cpu: 'A processor',
    cores: 2,
    memoryGiB: 4,
    system: 'Linux 1',
    node: 'v24.0.0',
    go: 'go1.26.1 linux/amd64',
    commit: 'abc',
    date: '2026-01-02 03:04',
    loadBefore: '0 0 0',
  },
  loadAfter: '1 1 1',
  versions: { queueable: '1.2.3' },
  rounds: 3,
  scale: 1,
  by: 'wall',
  rows: shown.map(({ row, ours }, i) => ({
    name: row,
    what: `what ${row} does`,
    n: 1000,
    unit: 'value',
    ...(i === 0 ? { bound: 'the <engine>' } : {}),
    lines: lines.map((one) => (one.kind === 'ours' ? { ...one, library: ours[one.library === 'gmp' ? 0 : 1] } : one)),
  })),
}

const read = (text: string): Result => {
  const dir = mkdtempSync(join(tmpdir(), 'gmp-bench-test-'))
  try {
    writeFileSync(join(dir, 'result.json'), text)
    return readResult(join(dir, 'result.json'))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** What a reader sees of a piece of HTML or SVG. */
const seen = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ')

test('a result is the same when it was written and read', () => {
  expect(read(stringify(result))).toEqual(result)
})

test('what is no result is refused by name', () => {
  expect(() => read('{"rounds": 1}')).toThrow(/result\.json is not what `pnpm bench` writes/)
})

test('the report has a chart and a table for each row, and the machine and versions', () => {
  const html = page(result)
  // The overview, and one for each row.
  expect(html.match(/<svg /g)).toHaveLength(1 + result.rows.length)
  expect(html.match(/<table>/g)).toHaveLength(result.rows.length)
  for (const text of ['A processor', 'v24.0.0', 'go1.26.1', 'commit abc', 'queueable 1.2.3'])
    expect(html).toContain(text)
})

test('the report is one file without a script or anything from elsewhere', () => {
  const html = page(result)
  expect(html).not.toContain('<script')
  expect(html).not.toMatch(/(?:src|href)="(?!#|https:\/\/github\.com\/gmp-ts\/)/)
  expect(html).not.toMatch(/@import|url\((?!#)/)
})

test('a chart shows times and ratios, the fastest first', () => {
  const [, chart = ''] = page({ ...result, rows: result.rows.slice(0, 1) }).match(/<svg [\s\S]*?<\/svg>/g) ?? []
  const text = seen(chart)
  expect(text).toContain('100 ns, 0.50x Go')
  expect(text).toContain('90000 ns, 450x Go')
  expect(text).toContain('ns per value, logarithmic')
  const at = ['gmp', 'go(P=1)', 'gmp-await', 'slow'].map((name) => text.indexOf(` ${name} `))
  expect(at).not.toContain(-1)
  expect(at).toEqual(at.toSorted((a, b) => a - b))
  expect(text).not.toContain('broken')
})

test('times that can be compared from zero are', () => {
  const rows = result.rows.slice(0, 1).map((row) => ({ ...row, lines: lines.slice(0, 4) }))
  expect(page({ ...result, rows })).not.toContain('ns per value, logarithmic')
})

test('a report says what bounds a row, and who did not come through; text is no markup', () => {
  const html = page(result)
  expect(html.match(/What bounds ours/g)).toHaveLength(1)
  expect(html).toContain('the &lt;engine&gt;')
  expect(html).toContain('a &amp; &lt;b&gt;')
  expect(html).not.toContain('<b>x</b>')
  expect(html).toContain('broken HANGS: no result within 60 s')
})

test('a row that nobody came through has a table and no chart', () => {
  const rows = [{ ...result.rows[0]!, lines: lines.slice(-1) }]
  const html = page({ ...result, rows })
  expect(html).not.toContain('<svg')
  expect(html).toContain('broken HANGS')
})

test("README's section is taken from the result", () => {
  const text = speed(result)
  const first = text.split('\n')[2]
  expect(first).toBe(`| ${shown[0]?.what} | 100 ns, 0.50x Go | 300 ns, 1.50x Go | 200 ns | 400 ns, a & <b> |`)
  expect(text).toContain('Medians of 3 rounds of `pnpm bench` on 2026-01-02, wall time:')
  expect(text).toContain('A processor, 2 cores, Node 24.0.0, Go 1.26.1 with GOMAXPROCS=1; load 0.0 before, 1.0 after.')
})

test("README's section wants all of its rows, whole, and ours in them", () => {
  expect(() => speed({ ...result, rows: result.rows.slice(1) })).toThrow(`no row ${shown[0]?.row}`)
  expect(() => speed({ ...result, scale: 0.5 })).toThrow('0.5 times their size')
  const rows = result.rows.map((row) => ({ ...row, lines: row.lines.filter(({ kind }) => kind !== 'ours') }))
  expect(() => speed({ ...result, rows })).toThrow('neither gmp nor gmp-await ran unbuffered')
})
