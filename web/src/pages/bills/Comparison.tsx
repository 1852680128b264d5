import { Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { Empty, Field, GoTo, Money, PageState, fenOf, grouped, useAsk, useTexts, useWords } from '@/ui';

import { billTexts } from './texts';

type Compared = Schema<'BillComparison'>;

/** From one bill to the other in steps that add up, each drawn where it begins and ends. */
export function Comparison({ bill_no, supply_no }: { bill_no: string; supply_no: string }): ReactNode {
  const texts = useTexts(billTexts);
  const [chosen, setChosen] = useState<string | null>(null);
  const query = chosen === null ? {} : { with: chosen };
  const comparison = useAsk(
    ['comparison', bill_no, chosen],
    () => api.GET('/api/bills/{bill_no}/comparison', { params: { path: { bill_no }, query } }),
    { keepOld: true },
  );
  const others = useAsk(['bills-of', supply_no], () =>
    api.GET('/api/usage-points/{supply_no}/bills', { params: { path: { supply_no }, query: { limit: 60 } } }),
  );
  const options = (others.data ?? [])
    .filter((other) => other.bill_no !== bill_no && other.status === 'issued')
    .map((other) => ({ value: other.bill_no, label: `${other.cycle} · ${grouped(other.amount)}` }));
  return (
    <section className="panel">
      <header>
        <h2>{texts.comparison}</h2>
      </header>
      <PageState of={comparison}>
        {(comparison) =>
          comparison.with == null ? (
            <Empty>{texts.first}</Empty>
          ) : (
            <>
              <Field label={texts.comparedWith} inline>
                <Select value={comparison.with.bill_no} options={options} onChange={setChosen} style={{ minWidth: 220 }} showSearch />
              </Field>
              <Waterfall comparison={comparison} />
            </>
          )
        }
      </PageState>
      {comparison.data === undefined ? null : <Context comparison={comparison.data} />}
    </section>
  );
}

function Waterfall({ comparison }: { comparison: Compared }): ReactNode {
  const texts = useTexts(billTexts);
  const words = useWords();
  const { bill, with: other, steps, difference } = comparison;
  if (other == null) {
    return null;
  }
  const levels = levelsOf(other.amount, steps.map((step) => step.amount));
  const scale = scaleOf(levels, bill.amount);
  const isLower = difference.startsWith('-');
  const size = grouped(difference.replace('-', ''));
  return (
    <>
      <p className="verdict">{steps.length === 0 ? texts.same : isLower ? texts.lower(size) : texts.higher(size)}</p>
      <ol className="waterfall">
        <li className="end">
          <span className="what">
            <GoTo to="/bills/$bill_no" params={{ bill_no: other.bill_no }}>
              {texts.before(other.cycle)}
            </GoTo>
          </span>
          <Money value={other.amount} />
          <span className="bar" style={scale(0n, fenOf(other.amount) ?? 0n)} aria-hidden="true" />
        </li>
        {steps.map((step, at) => {
          const [from = 0n, to = 0n] = [levels[at], levels[at + 1]];
          const less = step.amount.startsWith('-');
          return (
            <li key={step.cause} className={less ? 'less' : 'more'}>
              <span className="what">{words(step.label)}</span>
              <span className="figure amount">{less ? grouped(step.amount) : `+${grouped(step.amount)}`}</span>
              <span className="bar" style={scale(from, to)} aria-hidden="true" />
              <span className="why">{words(step.text)}</span>
            </li>
          );
        })}
        <li className="end">
          <span className="what">{texts.before(bill.cycle)}</span>
          <Money value={bill.amount} strong />
          <span className="bar" style={scale(0n, fenOf(bill.amount) ?? 0n)} aria-hidden="true" />
        </li>
      </ol>
      {steps.length === 0 ? null : <p className="small">{texts.addsUp}</p>}
    </>
  );
}

function Context({ comparison }: { comparison: Compared }): ReactNode {
  const texts = useTexts(billTexts);
  const words = useWords();
  const year = comparison.last_year;
  return (
    <div className="context">
      <p>{year == null ? texts.noLastYear : texts.lastYear(year.cycle, grouped(year.kwh), grouped(year.amount))}</p>
      {comparison.notes.map((note) => (
        <p key={note.en}>{words(note)}</p>
      ))}
    </div>
  );
}

/** The amount before the first step and after each. */
function levelsOf(start: string, steps: readonly string[]): bigint[] {
  const levels = [fenOf(start) ?? 0n];
  steps.forEach((step) => levels.push((levels.at(-1) ?? 0n) + (fenOf(step) ?? 0n)));
  return levels;
}

/** Where a bar lies, in percent of the widest; drawn, not counted. */
function scaleOf(levels: readonly bigint[], last: string): (from: bigint, to: bigint) => { left: string; width: string } {
  const all = [0n, fenOf(last) ?? 0n, ...levels];
  const [least, most] = [all.reduce((a, b) => (a < b ? a : b)), all.reduce((a, b) => (a > b ? a : b))];
  const span = most - least === 0n ? 1n : most - least;
  const percent = (fen: bigint) => Number(((fen - least) * 10_000n) / span) / 100;
  return (from, to) => {
    const [left, right] = from < to ? [percent(from), percent(to)] : [percent(to), percent(from)];
    return { left: `${left}%`, width: `${Math.max(right - left, 0.6)}%` };
  };
}
