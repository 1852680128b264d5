import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { ActButton, DataTable, Difference, GoTo, Instant, PageHead, counted, useGo, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { AskForm } from './AskForm';
import { StateTag, monthsOf, useScopeName, useWayName, type Trial } from './parts';
import { trialTexts } from './texts';

/** Trials newest first; above them the form for another. */
export default function Trials(): ReactNode {
  const texts = useTexts(trialTexts);
  const [query, change] = useQueryState();
  const isAsking = query.new !== undefined;
  const { pack, from, to, way, station } = query;
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {isAsking ? null : <ActButton does={texts.newOne} keys="alt+n" type="primary" onAct={() => change({ new: '1' })} />}
      </PageHead>
      {isAsking ? (
        <AskForm
          key={`${pack} ${from} ${to} ${way} ${station}`}
          given={{ pack, from, to, way, station }}
          onEnd={() => change({ new: undefined, pack: undefined, from: undefined, to: undefined, way: undefined, station: undefined })}
        />
      ) : null}
      <List takesFocus={!isAsking} />
    </>
  );
}

function List({ takesFocus }: { takesFocus: boolean }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const go = useGo();
  const wayName = useWayName();
  const scopeName = useScopeName();
  const list = usePages(
    ['price-trials', 'list'],
    (after) => api.GET('/api/price-trials', { params: { query: after === undefined ? {} : { after } } }),
    { everyMs: 5000, keepOld: true },
  );
  const columns: Column<Trial>[] = [
    {
      key: 'no',
      title: texts.no,
      show: ({ trial_no }) => (
        <GoTo to="/prices/trials/$no" params={{ no: trial_no }}>
          {trial_no}
        </GoTo>
      ),
    },
    {
      key: 'pack',
      title: texts.pack,
      show: ({ pack_no, tariff_name }) => (
        <>
          {words(tariff_name)} <span className="trial-more">{texts.packNo(pack_no)}</span>
        </>
      ),
    },
    { key: 'months', title: texts.months, show: (trial) => <span className="figure">{monthsOf(trial)}</span> },
    { key: 'way', title: texts.way, minor: true, show: ({ way }) => wayName(way) },
    { key: 'scope', title: texts.scope, minor: true, show: ({ station }) => scopeName(station) },
    { key: 'state', title: texts.state, show: (trial) => <StateTag of={trial} /> },
    { key: 'bills', title: texts.bills, align: 'right', show: ({ state, total }) => (state === 'tried' ? <span className="figure">{counted(total.bills)}</span> : '') },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ state, total }) => (state === 'tried' ? <Difference value={total.difference} strong /> : '') },
    {
      key: 'asked',
      title: texts.asked,
      show: ({ asked_by, asked_at }) => (
        <>
          {asked_by} <Instant value={asked_at} />
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
        rowKey={({ trial_no }) => trial_no}
        onOpen={({ trial_no }) => go({ to: '/prices/trials/$no', params: { no: trial_no } })}
        empty={texts.none}
        autoFocus={takesFocus}
      />
    </section>
  );
}
