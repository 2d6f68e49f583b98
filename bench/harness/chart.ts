/*
 * The charts of the report, drawn by Apache ECharts into SVG, here and not in the reader's browser: the page needs no script.
 *
 * Times are bars from zero as long as they can be compared so; where the slowest takes more than 20 times as long as the
 * fastest the axis is logarithmic, and says so. Ratios are always logarithmic: twice and half are as far from 1.
 */
import { BarChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { Kind } from '../libraries.ts'
import { ratio, short } from './report.ts'
import type { ResultLine, ResultRow } from './result.ts'

use([BarChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer])

const colors: Readonly<Record<Kind, string>> = {
  ours: '#00758f',
  go: '#3fb5c9',
  peer: '#a9a9a9',
  reference: '#c9a227',
}

const WIDTH = 860
const LOGARITHMIC = 20

const draw = (height: number, option: EChartsCoreOption): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  chart.setOption({ animation: false, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...option })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

type Measured = ResultLine & { readonly nsPerOp: number }

const measured = (line: ResultLine): line is Measured => line.nsPerOp !== undefined

const label = ({ nsPerOp, xGo }: Measured): string =>
  `${short(nsPerOp)} ns${xGo === undefined ? '' : `, ${ratio(xGo)} Go`}`

/** The time of an operation in each library; undefined where none came through. */
export const rowChart = ({ lines, unit }: ResultRow): string | undefined => {
  const bars = lines.filter(measured)
  const first = bars[0]?.nsPerOp
  const last = bars.at(-1)?.nsPerOp
  if (first === undefined || last === undefined) return undefined
  const log = last > LOGARITHMIC * first
  return draw(70 + 20 * bars.length, {
    grid: { left: 150, right: 140, top: 10, bottom: 50 },
    xAxis: {
      type: log ? 'log' : 'value',
      ...(log ? { min: 10 ** Math.floor(Math.log10(first / 2)) } : {}),
      name: `ns per ${unit}${log ? ', logarithmic' : ''}`,
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: { type: 'category', inverse: true, data: bars.map(({ library }) => library), axisTick: { show: false } },
    series: [
      {
        type: 'bar',
        barWidth: 14,
        data: bars.map((line) => ({
          value: line.nsPerOp,
          itemStyle: { color: colors[line.kind] },
          label: { show: true, position: 'right', formatter: label(line) },
        })),
      },
    ],
  })
}

/** The fastest of ours in a row. */
const best = ({ lines }: ResultRow): ResultLine | undefined => lines.find(({ kind }) => kind === 'ours')

/** All rows at a glance: the fastest of ours, in times of Go and of the best peer. */
export const overviewChart = (rows: readonly ResultRow[]): string | undefined => {
  const shown = rows.filter((row) => best(row)?.xGo !== undefined || best(row)?.xBestPeer !== undefined)
  if (shown.length === 0) return undefined
  const points = (name: string, of: 'xGo' | 'xBestPeer', color: string): object => ({
    type: 'scatter',
    name,
    symbolSize: 9,
    itemStyle: { color },
    data: shown.flatMap((row) => {
      const value = best(row)?.[of]
      return value === undefined ? [] : [[value, row.name]]
    }),
  })
  return draw(90 + 18 * shown.length, {
    grid: { left: 150, right: 40, top: 40, bottom: 50 },
    legend: { top: 0, itemGap: 40 },
    xAxis: {
      type: 'log',
      name: 'times the other, logarithmic: left of 1 ours is faster',
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: shown.map(({ name }) => name),
      splitLine: { show: true },
      axisLabel: { interval: 0 },
    },
    series: [
      {
        ...points('beside Go (P=1)', 'xGo', colors.go),
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: '#333', type: 'solid' },
          data: [{ xAxis: 1 }],
        },
      },
      points('beside the best peer', 'xBestPeer', '#777'),
    ],
  })
}
