import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Bars, DataTable, Difference, Kwh, Money, counted, fenOf, useTexts, useWords, type Column, type Series } from '@/ui';

import { Percent, type Group } from './parts';
import { trialTexts } from './texts';

type Part = Schema<'TrialPart'>;
type Of = 'category' | 'station' | 'month';

/** More bars than these nobody can tell apart. */
const MOST_DRAWN = 20;

/** The bills by something that they have; months in their order, others by what changes most. */
export function Groups({ of, title, parts, total }: { of: Of; title: string; parts: readonly Part[]; total: Group }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const nameOf = ({ key, name }: Part) => (name == null ? key : words(name));
  const rows = of === 'month' ? parts : parts.toSorted(byDifference);
  const drawn = rows.slice(0, MOST_DRAWN);
  const series: Series[] =
    of === 'month'
      ? [
          { name: texts.now, values: drawn.map(({ now }) => now) },
          { name: texts.new, values: drawn.map((part) => part.new) },
        ]
      : [
          { name: texts.more, values: drawn.map(({ rise }) => rise), stack: 'all', tone: 'more' },
          { name: texts.less, values: drawn.map(({ fall }) => fall), stack: 'all', tone: 'less' },
        ];
  const columns: Column<Part>[] = [
    { key: 'key', title: texts[`key_${of}`], show: (part) => (part.name == null ? <span className="figure">{part.key}</span> : <>{nameOf(part)} <span className="code">{part.key}</span></>) },
    ...figures(texts).map(({ show, ...column }) => ({ ...column, show: (part: Part) => show(part) })),
  ];
  return (
    <section className="panel">
      <h2>{title}</h2>
      <Bars label={title} unit={texts.yuan} x={drawn.map(nameOf)} series={series} />
      {rows.length > drawn.length ? <p className="about">{texts.largestShown(MOST_DRAWN)}</p> : null}
      <DataTable
        label={title}
        columns={columns}
        rows={rows}
        rowKey={({ key }) => key}
        foot={
          <tr>
            <td>{texts.total}</td>
            {figures(texts).map(({ key, show, minor }) => (
              <td key={key} className={`right${minor === true ? ' minor' : ''}`}>
                {show(total)}
              </td>
            ))}
          </tr>
        }
      />
    </section>
  );
}

function figures(texts: typeof trialTexts.zh): (Column<Group> & { align: 'right' })[] {
  const count = (bills: number) => <span className="figure">{counted(bills)}</span>;
  return [
    { key: 'bills', title: texts.bills, align: 'right', show: ({ bills }) => count(bills) },
    { key: 'kwh', title: texts.kwh, align: 'right', minor: true, show: ({ kwh }) => <Kwh value={kwh} /> },
    { key: 'now', title: texts.nowYuan, align: 'right', show: ({ now }) => <Money value={now} /> },
    { key: 'new', title: texts.newYuan, align: 'right', show: (group) => <Money value={group.new} /> },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ difference }) => <Difference value={difference} strong /> },
    { key: 'percent', title: texts.percent, align: 'right', show: ({ percent }) => <Percent value={percent} /> },
    { key: 'more', title: texts.moreBills, align: 'right', minor: true, show: ({ more }) => count(more) },
    { key: 'rise', title: texts.rise, align: 'right', show: ({ rise }) => <Difference value={rise} /> },
    { key: 'less', title: texts.lessBills, align: 'right', minor: true, show: ({ less }) => count(less) },
    { key: 'fall', title: texts.fall, align: 'right', show: ({ fall }) => <Difference value={fall} /> },
    { key: 'unpriced', title: texts.unpricedBills, align: 'right', minor: true, show: ({ unpriced }) => count(unpriced) },
  ];
}

function byDifference(one: Part, other: Part): number {
  const size = ({ difference }: Part) => {
    const fen = fenOf(difference) ?? 0n;
    return fen < 0n ? -fen : fen;
  };
  return size(other) > size(one) ? 1 : size(other) < size(one) ? -1 : 0;
}
