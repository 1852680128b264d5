import type { ReactNode } from 'react';

import { DataTable, counted, grouped, useTexts, useWords, type Column } from '@/ui';

import { workTexts } from './texts';

type Finding = { row: number; field: string; code: string; verdict: string; message: { zh: string; en: string } };

const FIGURES = ['loaded', 'unchanged', 'doubtful', 'refused', 'accounts', 'ready', 'blocked', 'idle', 'computed', 'issued', 'affected', 'bills', 'held', 'changed', 'kwh', 'amount', 'more', 'less', 'without_price', 'difference'] as const;

/** What work came to: the figures that its kind has, and the rows that a person must look at. */
export function Outcome({ outcome }: { outcome: Record<string, unknown> }): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const figures = FIGURES.filter((name) => outcome[name] !== undefined);
  const findings = Array.isArray(outcome.findings) ? (outcome.findings as Finding[]) : [];
  const doubts = Object.entries((outcome.doubts ?? {}) as Record<string, number>);
  const columns: Column<Finding>[] = [
    { key: 'row', title: texts.row, align: 'right', width: 80, show: ({ row }) => <span className="figure">{counted(row)}</span> },
    { key: 'field', title: texts.field, show: ({ field }) => field },
    { key: 'code', title: texts.code, minor: true, show: ({ code, verdict }) => <span className={`tag ${verdict === 'refused' ? 'bad' : 'warn'}`}>{code}</span> },
    { key: 'message', title: texts.message, show: ({ message }) => words(message) },
  ];
  return (
    <>
      <h2>{texts.outcome}</h2>
      {outcome.kept === false ? <p className="note warn">{texts.notKept}</p> : null}
      <div className="tiles work-outcome">
        {figures.map((name) => (
          <div key={name} className="tile">
            <div className="name">{texts[name]}</div>
            <div className="value">{grouped(String(outcome[name]))}</div>
          </div>
        ))}
        {outcome.left === undefined ? null : (
          <div className="tile">
            <div className="name">{texts.left_}</div>
            <div className="value">{grouped(String(outcome.left))}</div>
          </div>
        )}
      </div>
      {doubts.length === 0 ? null : (
        <p>
          {texts.doubts}
          {doubts.map(([doubt, count]) => (
            <span key={doubt} className="tag" style={{ marginInlineEnd: 6 }}>{`${doubt} ${counted(count)}`}</span>
          ))}
        </p>
      )}
      {findings.length === 0 ? null : (
        <section className="panel">
          <h2>{texts.findings}</h2>
          <DataTable
            label={texts.findings}
            columns={columns}
            rows={findings}
            rowKey={({ row, field, code }) => `${row} ${field} ${code}`}
            height={360}
          />
        </section>
      )}
    </>
  );
}
