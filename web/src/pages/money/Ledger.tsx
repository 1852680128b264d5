import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { ActButton, DataTable, Day, Field, GoTo, Money, PageHead, PageState, today, useAsk, usePages, useQueryState, useTexts, useWords } from '@/ui';

import { queryOf, useSave } from './save';
import { moneyTexts } from './texts';

type AccountRow = Schema<'AccountRow'>;

/** The trial balance; Enter on an account goes to its days, on a day to its lines. */
export default function Ledger(): ReactNode {
  const texts = useTexts(moneyTexts);
  const words = useWords();
  const save = useSave();
  const [query, setQuery] = useQueryState();
  const from = query['from'] ?? `${today().slice(0, 7)}-01`;
  const to = query['to'] ?? today();
  const balance = useAsk(['trial-balance', from, to], () => api.GET('/api/trial-balance', { params: { query: { from, to } } }), { keepOld: true });
  const chosen = balance.data?.accounts.find((row) => row.account === query['account']);
  return (
    <>
      <PageHead title={texts.ledger} about={balance.data?.stations == null ? undefined : texts.partOnly(balance.data.stations.join('、'))}>
        <Field label={texts.from} inline>
          <DayInput value={from} allowClear={false} onChange={(value) => setQuery({ from: value ?? undefined, day: undefined })} />
        </Field>
        <Field label={texts.to} inline>
          <DayInput value={to} allowClear={false} onChange={(value) => setQuery({ to: value ?? undefined, day: undefined })} />
        </Field>
        <ActButton does={texts.export} onAct={() => save(`/api/trial-balance.csv?${queryOf({ from, to })}`, `trial-balance-${from}-${to}.csv`)} />
      </PageHead>
      <PageState of={balance}>
        {(found) => (
          <section className="panel">
            <h2>
              {texts.trialBalance}{' '}
              {found.accounts.length === 0 ? null : (
                <span className={`tag ${found.balances ? 'good' : 'bad'}`}>{found.balances ? texts.balanced : texts.unbalanced}</span>
              )}
            </h2>
            <DataTable<AccountRow>
              label={texts.trialBalance}
              rows={found.accounts}
              rowKey={(row) => row.account}
              chosen={query['account']}
              onChoose={(row) => setQuery({ account: row.account, day: undefined })}
              empty={texts.noMoves}
              autoFocus
              columns={[
                { key: 'name', title: texts.account, show: (row) => words(row.name) },
                { key: 'code', title: texts.code, show: (row) => <code>{row.account}</code>, minor: true },
                { key: 'opening', title: texts.opening2, show: (row) => <Money value={row.opening} />, align: 'right' },
                { key: 'debit', title: texts.debit, show: (row) => <Money value={row.debit} />, align: 'right' },
                { key: 'credit', title: texts.credit, show: (row) => <Money value={row.credit} />, align: 'right' },
                { key: 'closing', title: texts.closing, show: (row) => <Money value={row.closing} strong />, align: 'right' },
              ]}
              foot={
                <tr>
                  <td>{texts.total}</td>
                  <td className="minor" />
                  <td />
                  <td className="right"><Money value={found.debit} strong /></td>
                  <td className="right"><Money value={found.credit} strong /></td>
                  <td />
                </tr>
              }
            />
          </section>
        )}
      </PageState>
      {chosen === undefined ? null : <Days key={chosen.account} account={chosen.account} name={words(chosen.name)} from={from} to={to} />}
    </>
  );
}

function Days({ account, name, from, to }: { account: string; name: string; from: string; to: string }): ReactNode {
  const texts = useTexts(moneyTexts);
  const [query, setQuery] = useQueryState();
  const days = usePages(['account-days', account, from, to], (after) =>
    api.GET('/api/ledger-accounts/{account}/days', {
      params: { path: { account }, query: { from, to, limit: 100, ...(after === undefined ? {} : { after }) } },
    }),
  );
  const day = query['day'];
  return (
    <>
      <section className="panel">
        <h2>{texts.accountDays(name)}</h2>
        <DataTable
          label={texts.accountDays(name)}
          rows={days}
          rowKey={(row) => row.on}
          chosen={day}
          onChoose={(row) => setQuery({ day: row.on })}
          empty={texts.noMoves}
          height={300}
          columns={[
            { key: 'on', title: texts.day, show: (row) => <Day value={row.on} /> },
            { key: 'lines', title: texts.linesCount, show: (row) => <span className="figure">{row.lines}</span>, align: 'right' },
            { key: 'debit', title: texts.debit, show: (row) => <Money value={row.debit} />, align: 'right' },
            { key: 'credit', title: texts.credit, show: (row) => <Money value={row.credit} />, align: 'right' },
            { key: 'balance', title: texts.balance, show: (row) => <Money value={row.balance} strong />, align: 'right' },
          ]}
        />
      </section>
      {day === undefined ? null : <Lines key={day} account={account} name={name} day={day} />}
    </>
  );
}

function Lines({ account, name, day }: { account: string; name: string; day: string }): ReactNode {
  const texts = useTexts(moneyTexts);
  const lines = usePages(['account-lines', account, day], (after) =>
    api.GET('/api/ledger-accounts/{account}/lines', {
      params: { path: { account }, query: { from: day, to: day, limit: 100, ...(after === undefined ? {} : { after }) } },
    }),
  );
  return (
    <section className="panel">
      <h2>{texts.accountLines(name, day)}</h2>
      <DataTable
        label={texts.accountLines(name, day)}
        rows={lines}
        rowKey={(row) => `${row.entry_id}.${row.line_no}`}
        empty={texts.noMoves}
        height={360}
        columns={[
          { key: 'kind', title: texts.kinds, show: (row) => row.kind },
          {
            key: 'document',
            title: texts.document,
            show: (row) => (row.bill_no == null ? (row.receipt_no ?? '') : <GoTo to="/bills/$bill_no" params={{ bill_no: row.bill_no }}>{row.bill_no}</GoTo>),
          },
          { key: 'supply', title: texts.supplyNo, show: (row) => (row.supply_no == null ? '' : <GoTo to="/customers/$supply_no" params={{ supply_no: row.supply_no }}>{row.supply_no}</GoTo>) },
          { key: 'debit', title: texts.debit, show: (row) => <Money value={row.debit} />, align: 'right' },
          { key: 'credit', title: texts.credit, show: (row) => <Money value={row.credit} />, align: 'right' },
          { key: 'balance', title: texts.balance, show: (row) => <Money value={row.balance} strong />, align: 'right' },
        ]}
      />
    </section>
  );
}
