import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Bars, DataTable, Difference, counted, grouped, isNothing, useTexts, type Column, type Series } from '@/ui';

import { shareOf, type Group } from './parts';
import { trialTexts } from './texts';

type Band = Schema<'TrialBand'>;
type Kind = 'yuan' | 'percent';
type Props = { title: string; head: string; bands: readonly Band[]; baseless?: Band; total: Group; kind: Kind };

/** How many bills differ by how much: drawn over all bands between the first and the last with a bill, told for each with one. */
export function Bands({ title, head, bands, baseless, total, kind }: Props): ReactNode {
  const texts = useTexts(trialTexts);
  const name = useBandName(kind);
  const filled = bands.map(({ bills }) => bills > 0);
  const drawn = bands.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1);
  const values = (wanted: (way: number) => boolean) => drawn.map((band) => (wanted(wayOf(band)) ? String(band.bills) : null));
  const series: Series[] = [
    { name: texts.same, values: values((way) => way === 0), stack: 'all' },
    { name: texts.more, values: values((way) => way > 0), stack: 'all', tone: 'more' },
    { name: texts.less, values: values((way) => way < 0), stack: 'all', tone: 'less' },
  ];
  const rows = [...bands.filter(({ bills }) => bills > 0), ...(baseless === undefined || baseless.bills === 0 ? [] : [baseless])];
  const columns: Column<Band>[] = [
    { key: 'band', title: head, show: (band) => <span className="figure">{band === baseless ? texts.baseless : name(band)}</span> },
    { key: 'bills', title: texts.bills, align: 'right', show: ({ bills }) => <span className="figure">{counted(bills)}</span> },
    { key: 'share', title: texts.percent, align: 'right', show: ({ bills }) => <span className="figure">{texts.percentOf(shareOf(bills, total.bills))}</span> },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ difference }) => <Difference value={difference} /> },
  ];
  return (
    <section className="panel">
      <h2>{title}</h2>
      <Bars label={title} unit={texts.unit} x={drawn.map(name)} series={series} height={240} />
      <DataTable
        label={title}
        columns={columns}
        rows={rows}
        rowKey={(band) => `${band.from ?? ''} ${band.to ?? ''}`}
        foot={
          <tr>
            <td>{texts.total}</td>
            <td className="right figure">{counted(total.bills)}</td>
            <td />
            <td className="right">
              <Difference value={total.difference} strong />
            </td>
          </tr>
        }
      />
    </section>
  );
}

/** Above zero, below it, or none. */
function wayOf({ from, to }: Band): number {
  if (from != null && to != null && isNothing(from) && isNothing(to)) {
    return 0;
  }
  return from == null || from.startsWith('-') ? -1 : 1;
}

function useBandName(kind: Kind): (band: Band) => string {
  const texts = useTexts(trialTexts);
  // The ends are whole yuan, and read better without their fen.
  const size = (end: string) => `${grouped(end.replace(/^-/, '').replace(/\.00$/, ''))}${kind === 'percent' ? '%' : ''}`;
  return (band) => {
    const { from, to } = band;
    const way = wayOf(band);
    if (way === 0) {
      return texts.noChange;
    }
    const [near, far] = way > 0 ? [from, to] : [to, from];
    const sign = way > 0 ? '+' : '−';
    if (far == null) {
      return way > 0 ? texts.above(size(near ?? '')) : texts.below(size(near ?? ''));
    }
    if (near == null || isNothing(near)) {
      return way > 0 ? texts.upTo(size(far)) : texts.downTo(size(far));
    }
    const ends: [string, string] = way > 0 ? [`${sign}${size(near)}`, `${sign}${size(far)}`] : [`${sign}${size(far)}`, `${sign}${size(near)}`];
    return texts.between(...ends);
  };
}
