import { Button } from 'antd';
import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, Day, GoTo, Instant, usePages, useTexts, useWords, type Column } from '@/ui';

import { useNames, useTariffNames } from '../customers/words';
import { correctionTexts } from './texts';
import './corrections.css';

export type Amendment = Schema<'Amendment'>;

/** What was amended while the bills computed from what was before still stand. */
export function Waiting({ onCorrect }: { onCorrect?: (amendment: Amendment) => void }): ReactNode {
  const texts = useTexts(correctionTexts);
  const list = usePages(['amendments', 'waiting'], (after) =>
    api.GET('/api/amendments', { params: { query: { waiting: true, limit: 20, ...(after === undefined ? {} : { after }) } } }),
  );
  const columns: Column<Amendment>[] = [
    {
      key: 'account',
      title: texts.account,
      show: ({ supply_no }) => (
        <GoTo to="/customers/$supply_no" params={{ supply_no }}>
          {supply_no}
        </GoTo>
      ),
    },
    { key: 'meter', title: texts.meter, minor: true, show: ({ meter_no }) => <span className="figure">{meter_no ?? '—'}</span> },
    { key: 'change', title: texts.change, show: (row) => <Change of={row} /> },
    { key: 'since', title: texts.since, show: ({ since }) => <Day value={since} /> },
    { key: 'reason', title: texts.reason, show: ({ reason }) => <div className="correction-reason" title={reason}>{reason}</div> },
    {
      key: 'by',
      title: texts.by,
      minor: true,
      show: ({ by, at }) => (
        <>
          {by} <Instant value={at} />
        </>
      ),
    },
    ...(onCorrect === undefined
      ? []
      : [
          {
            key: 'acts',
            title: '',
            align: 'right' as const,
            show: (row: Amendment) => (
              <Button size="small" aria-label={texts.correctOf(row.supply_no)} onClick={() => onCorrect(row)}>
                {texts.correct}
              </Button>
            ),
          },
        ]),
  ];
  if (list.problem === null && !list.isPending && list.rows.length === 0) {
    return (
      <section className="panel">
        <h2>{texts.waiting}</h2>
        <p className="about">{texts.nothingWaits}</p>
      </section>
    );
  }
  return (
    <section className="panel">
      <h2>{texts.waiting}</h2>
      <p className="about">{texts.waitingHint}</p>
      <DataTable label={texts.waiting} columns={columns} rows={list} rowKey={({ amendment_no }) => amendment_no} height={260} />
    </section>
  );
}

function Change({ of }: { of: Amendment }): ReactNode {
  const texts = useTexts(correctionTexts);
  const words = useWords();
  if (of.kind === 'multiplier') {
    return (
      <span className="figure">
        {texts.times(of.before)} → <b>{of.after}</b>
      </span>
    );
  }
  if (of.kind === 'factor') {
    return (
      <span>
        {of.cause_name == null ? null : words(of.cause_name)} × <b className="figure">{of.after} ÷ {of.before}</b>, {texts.until} <Day value={of.until} />
      </span>
    );
  }
  if (of.kind === 'terms') {
    return <TermsChange before={of.terms_before} after={of.terms_after} />;
  }
  const names: Record<string, unknown> = texts;
  const kind = (word: string | null | undefined) => (word == null || of.before_kind === of.after_kind ? null : <span className="tag">{String(names[`kind_${word}`] ?? word)}</span>);
  return (
    <span className="figure">
      {of.register_name == null ? null : words(of.register_name)} {of.before} {kind(of.before_kind)} → <b>{of.after}</b> {kind(of.after_kind)}
    </span>
  );
}

type Terms = Schema<'Terms'> | null | undefined;

/** What of the tariff, the household and the relief is otherwise. */
function TermsChange({ before, after }: { before: Terms; after: Terms }): ReactNode {
  const texts = useTexts(correctionTexts);
  const tariffs = useTariffNames();
  const names = useNames();
  const relief = (of: Terms) => (of?.concession == null ? texts.noRelief : names('concession', of.concession));
  const all: [string, string][] = [
    [tariffs(before?.tariff ?? ''), tariffs(after?.tariff ?? '')],
    [texts.persons(before?.persons ?? '—'), texts.persons(after?.persons ?? '—')],
    [relief(before), relief(after)],
  ];
  return (
    <>
      {all.map(([old, now]) =>
        old === now ? null : (
          <div key={old}>
            {old} → <b>{now}</b>
          </div>
        ),
      )}
    </>
  );
}
