import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Difference, GoTo, Instant, PageHead, counted, useGo, usePages, useQueryState, useTexts, type Column } from '@/ui';

import { AskForm } from './AskForm';
import { CorrectionTag, useScopeName, type Correction } from './parts';
import { correctionTexts } from './texts';
import { Waiting } from './Waiting';

/** Corrections newest first; above them what was amended and waits for one. */
export default function Corrections(): ReactNode {
  const texts = useTexts(correctionTexts);
  const rights = useRights();
  const [query, change] = useQueryState();
  const mayAsk = rights.has('bill.rebill');
  const isAsking = mayAsk && query.new !== undefined;
  const open = (given: { supply_no?: string; since?: string }) => change({ supply_no: undefined, since: undefined, ...given, new: '1' });
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {mayAsk && !isAsking ? <ActButton does={texts.newOne} keys="alt+n" type="primary" onAct={() => open({})} /> : null}
      </PageHead>
      {isAsking ? (
        <AskForm
          key={`${query.supply_no ?? ''} ${query.since ?? ''}`}
          supply_no={query.supply_no}
          since={query.since}
          onEnd={() => change({ new: undefined, supply_no: undefined, since: undefined })}
        />
      ) : null}
      <Waiting {...(mayAsk ? { onCorrect: ({ supply_no, since }) => open({ supply_no, since }) } : {})} />
      <List takesFocus={!isAsking} />
    </>
  );
}

function List({ takesFocus }: { takesFocus: boolean }): ReactNode {
  const texts = useTexts(correctionTexts);
  const go = useGo();
  const scopeName = useScopeName();
  const list = usePages(
    ['corrections', 'list'],
    (after) => api.GET('/api/corrections', { params: { query: after === undefined ? {} : { after } } }),
    { everyMs: 5000, keepOld: true },
  );
  const columns: Column<Correction>[] = [
    {
      key: 'no',
      title: texts.no,
      show: ({ correction_no }) => (
        <GoTo to="/billing/corrections/$no" params={{ no: correction_no }}>
          {correction_no}
        </GoTo>
      ),
    },
    { key: 'since', title: texts.since, show: ({ since }) => <Day value={since} /> },
    { key: 'scope', title: texts.scope, show: scopeName },
    { key: 'reason', title: texts.reason, minor: true, show: ({ reason }) => <div className="correction-reason" title={reason}>{reason}</div> },
    { key: 'state', title: texts.state, show: (row) => <CorrectionTag of={row} /> },
    {
      key: 'affected',
      title: texts.affected,
      align: 'right',
      show: ({ affected, blocked }) => (
        <>
          <span className="figure">{counted(affected)}</span>
          {blocked === 0 ? null : <div className="correction-more">{texts.blockedOf(counted(blocked))}</div>}
        </>
      ),
    },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ difference }) => <Difference value={difference} strong /> },
    {
      key: 'tried',
      title: texts.tried,
      show: ({ tried_by, tried_at }) => (
        <>
          {tried_by} <Instant value={tried_at} />
        </>
      ),
    },
  ];
  return (
    <section className="panel">
      <h2>{texts.list}</h2>
      <DataTable
        label={texts.list}
        columns={columns}
        rows={list}
        rowKey={({ correction_no }) => correction_no}
        rowClass={({ state }) => (state === 'withdrawn' ? 'gone' : undefined)}
        onOpen={({ correction_no }) => go({ to: '/billing/corrections/$no', params: { no: correction_no } })}
        empty={texts.none}
        autoFocus={takesFocus}
      />
    </section>
  );
}
