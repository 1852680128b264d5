import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Field, Instant, Money, PageHead, useGo, usePages, useQueryState, useTexts } from '@/ui';

import { BankField, given, useBanks } from './banks';
import { BatchState, useStateNames } from './states';
import { debitTexts } from './texts';
import './debit.css';

/** What banks were asked to collect, and how far they have answered. */
export default function Batches(): ReactNode {
  const texts = useTexts(debitTexts);
  const rights = useRights();
  const go = useGo();
  const { nameOf } = useBanks();
  const names = useStateNames();
  const [query, setQuery] = useQueryState();
  const filter = given({ bank: query['bank'], state: query['state'] });
  const list = usePages(['debit-batches', filter], (after) =>
    api.GET('/api/debit-batches', { params: { query: { ...filter, limit: 50, ...given({ after }) } } }),
  );
  const states = ['made', 'sent', 'partly', 'answered', 'given-up', 'withdrawn'];
  return (
    <>
      <PageHead title={texts.batches} about={texts.batchesAbout}>
        {rights.has('debit.make') ? <ActButton does={texts.newBatch} keys="alt+n" type="primary" onAct={() => go({ to: '/debit/new' })} /> : null}
      </PageHead>
      <section className="panel">
        <div className="row debit-filters">
          <BankField value={query['bank']} onGiven={(bank) => setQuery({ bank })} />
          <Field label={texts.state} width={140}>
            <Select
              value={query['state'] ?? ''}
              onChange={(state: string) => setQuery({ state: state === '' ? undefined : state })}
              options={[{ value: '', label: texts.anyState }, ...states.map((state) => ({ value: state, label: names(state) }))]}
            />
          </Field>
        </div>
        <DataTable
          label={texts.batches}
          rows={list}
          rowKey={(row) => row.batch_no}
          autoFocus
          empty={texts.noBatches}
          onOpen={(row) => go({ to: '/debit/$batch_no', params: { batch_no: row.batch_no } })}
          columns={[
            { key: 'no', title: texts.batchNo, show: (row) => <span className="figure">{row.batch_no}</span> },
            { key: 'bank', title: texts.bank, show: (row) => nameOf(row.bank) },
            { key: 'station', title: texts.station, show: (row) => row.station ?? texts.bureau },
            { key: 'on', title: texts.collectOn, show: (row) => <Day value={row.collect_on} /> },
            { key: 'count', title: texts.count, show: (row) => <span className="figure">{row.count}</span>, align: 'right' },
            { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} />, align: 'right' },
            { key: 'collected', title: texts.collected, show: (row) => <Money value={row.collected} strong />, align: 'right' },
            {
              key: 'failed',
              title: texts.failed,
              show: (row) => <span className="figure">{row.tallies.find(({ state }) => state === 'failed')?.count ?? 0}</span>,
              align: 'right',
            },
            { key: 'state', title: texts.state, show: (row) => <BatchState state={row.state} /> },
            { key: 'made', title: texts.madeBy, show: (row) => <>{row.made_by} <Instant value={row.made_at} /></>, minor: true },
          ]}
        />
      </section>
    </>
  );
}
