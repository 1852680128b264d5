import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { grouped } from '../figures';
import { useTexts } from '../language';
import { commonTexts } from '../texts';

/** One line or one colour of bars; null where there is nothing. Decimal text, which only the drawing makes approximate. */
export type Series = {
  name: string;
  values: readonly (string | null)[];
  stack?: string;
  dashed?: boolean;
  /** Points that are marked, without a line between them. */
  marks?: boolean;
  /** What is more than before, or less, has its colour on every chart. */
  tone?: 'more' | 'less';
};

type Props = {
  /** What the chart shows, for those who cannot see it and above its table. */
  label: string;
  x: readonly string[];
  series: readonly Series[];
  unit: string;
  height?: number;
  /** A line across, for example a limit. */
  limit?: { name: string; value: string };
  onOpen?: (index: number) => void;
};

/** Colours that stay apart for colour-blind eyes and on paper. */
const COLOURS = ['#1d5f8a', '#c8553d', '#3f8f5b', '#8a63a8', '#a67c00', '#4b5a68'];

const TONES = { more: '#c8553d', less: '#3f8f5b' };

export function Curve(props: Props): ReactNode {
  return <Chart {...props} kind="line" />;
}

export function Bars(props: Props): ReactNode {
  return <Chart {...props} kind="bar" />;
}

function Chart(props: Props & { kind: 'line' | 'bar' }): ReactNode {
  const texts = useTexts(commonTexts);
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart" aria-label={props.label}>
      <button type="button" className="quiet-button" onClick={() => setAsTable(!asTable)}>
        {asTable ? texts.asChart : texts.asTable}
      </button>
      {asTable ? <AsTable {...props} /> : <Drawing {...props} />}
    </figure>
  );
}

function Drawing(props: Props & { kind: 'line' | 'bar' }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const told = JSON.stringify([props.kind, props.label, props.x, props.series, props.unit, props.limit]);

  useEffect(() => {
    let isGone = false;
    const watch = new ResizeObserver(() => chart.current?.resize());
    void import('./engine').then(({ init }) => {
      if (isGone || place.current === null) {
        return;
      }
      chart.current = init(place.current);
      chart.current.setOption(optionOf(latest.current));
      chart.current.on('click', (event) => latest.current.onOpen?.(event.dataIndex as number));
      watch.observe(place.current);
    });
    return () => {
      isGone = true;
      watch.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(optionOf(latest.current), true);
  }, [told]);

  return <div ref={place} className="drawing" style={{ height: props.height ?? 220 }} role="img" aria-label={props.label} />;
}

function optionOf({ kind, x, series, unit, limit }: Props & { kind: 'line' | 'bar' }): EChartsCoreOption {
  const isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  return {
    animation: !isStill,
    animationDuration: 250,
    color: COLOURS,
    textStyle: { fontFamily: 'inherit', fontSize: 12 },
    grid: { left: 8, right: 12, top: series.length > 1 ? 34 : 26, bottom: 4, containLabel: true },
    legend: series.length > 1 ? { top: 0, itemHeight: 8, itemWidth: 14 } : { show: false },
    tooltip: {
      trigger: 'axis',
      confine: true,
      valueFormatter: (value: unknown) => (value === null || value === undefined ? '—' : `${grouped(String(value))} ${unit}`),
    },
    xAxis: { type: 'category', data: [...x], axisTick: { show: false }, axisLine: { lineStyle: { color: '#8794a1' } }, axisLabel: { color: '#45525f' } },
    yAxis: { type: 'value', name: unit, nameTextStyle: { color: '#45525f', align: 'left' }, axisLabel: { color: '#45525f' }, splitLine: { lineStyle: { color: '#e3e8ed' } } },
    series: series.map(({ name, values, stack, dashed, marks, tone }, at) => ({
      name,
      type: kind,
      data: [...values],
      ...(tone === undefined ? {} : { itemStyle: { color: TONES[tone] } }),
      stack,
      barMaxWidth: 26,
      symbol: marks === true ? 'diamond' : 'circle',
      symbolSize: marks === true ? 12 : 5,
      showSymbol: marks === true || values.length < 40,
      lineStyle: { width: marks === true ? 0 : 2, type: dashed === true ? 'dashed' : 'solid' },
      markLine:
        limit !== undefined && at === 0
          ? { symbol: 'none', silent: true, data: [{ yAxis: Number(limit.value), name: limit.name }], label: { formatter: limit.name, position: 'insideEndTop' } }
          : undefined,
    })),
  };
}

function AsTable({ label, x, series, unit, height }: Props): ReactNode {
  return (
    <div className="table-frame" style={{ maxHeight: height ?? 220 }} tabIndex={0} role="region" aria-label={label}>
      <table className="data-table">
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            <th scope="col" />
            {series.map(({ name }) => (
              <th key={name} scope="col" className="right">
                {name} ({unit})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {x.map((at, row) => (
            <tr key={at}>
              <th scope="row">{at}</th>
              {series.map(({ name, values }) => (
                <td key={name} className="right figure">
                  {values[row] == null ? '—' : grouped(values[row])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
