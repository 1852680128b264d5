import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { ActButton, Bars, DataTable, Day, Field, GoTo, Money, PageHead, PageState, today, useAsk, usePages, useQueryState, useTexts } from '@/ui';

import { queryOf, useSave } from './save';
import { moneyTexts } from './texts';

type Part = Schema<'ReportPart'>;

/** What became receivable and what was received; it ties with the trial balance, and leads down to the entries. */
export default function Report(): ReactNode {
  const texts = useTexts(moneyTexts);
  const save = useSave();
  const [query, setQuery] = useQueryState();
  const from = query['from'] ?? `${today().slice(0, 7)}-01`;
  const to = query['to'] ?? today();
  const by = query['by'] ?? 'day';
  const report = useAsk(['receivables-report', from, to, by], () => api.GET('/api/receivables-report', { params: { query: { from, to, by } } }), { keepOld: true });
  const nameOf = (key: string) => (key === '' ? texts.noBook : key);
  const key = query['key'];
  return (
    <>
      <PageHead title={texts.report} about={report.data?.stations == null ? undefined : texts.partOnly(report.data.stations.join('、'))}>
        <Field label={texts.from} inline>
          <DayInput value={from} allowClear={false} onChange={(value) => setQuery({ from: value ?? undefined })} />
        </Field>
        <Field label={texts.to} inline>
          <DayInput value={to} allowClear={false} onChange={(value) => setQuery({ to: value ?? undefined })} />
        </Field>
        <Field label={texts.by} inline>
          <Select
            value={by}
            style={{ width: 140 }}
            onChange={(value) => setQuery({ by: value, key: undefined })}
            options={[
              { value: 'day', label: texts.byDay },
              { value: 'month', label: texts.byMonthKey },
              { value: 'station', label: texts.byStation },
              { value: 'book', label: texts.byBook },
              { value: 'category', label: texts.byCategory },
            ]}
          />
        </Field>
        <ActButton does={texts.export} onAct={() => save(`/api/receivables-report.csv?${queryOf({ from, to, by })}`, `receivables-${from}-${to}.csv`)} />
      </PageHead>
      <PageState of={report} isEmpty={(report) => report.rows.length === 0} empty={texts.noRows}>
        {({ rows, total }) => (
          <section className="panel">
            <Bars
              label={texts.report}
              unit="¥"
              x={rows.map((row) => nameOf(row.key))}
              series={[
                { name: texts.issued, values: rows.map((row) => row.issued) },
                { name: texts.money, values: rows.map((row) => row.money) },
              ]}
            />
            <DataTable<Part>
              label={texts.report}
              rows={rows}
              rowKey={(row) => row.key}
              chosen={key}
              onChoose={(row) => setQuery({ key: row.key })}
              autoFocus
              columns={[
                { key: 'key', title: texts.key, show: (row) => <span className="figure">{nameOf(row.key)}</span> },
                { key: 'issued', title: texts.issued, show: (row) => <Money value={row.issued} />, align: 'right' },
                { key: 'opening', title: texts.openingDebt, show: (row) => <Money value={row.opening} />, align: 'right', minor: true },
                { key: 'received', title: texts.receivedDebt, show: (row) => <Money value={row.received} />, align: 'right' },
                { key: 'late', title: texts.lateCharge, show: (row) => <Money value={row.late_charge} />, align: 'right' },
                { key: 'ahead', title: texts.ahead, show: (row) => <Money value={row.ahead} />, align: 'right' },
                { key: 'money', title: texts.money, show: (row) => <Money value={row.money} strong />, align: 'right' },
                { key: 'applied', title: texts.applied, show: (row) => <Money value={row.applied} />, align: 'right', minor: true },
              ]}
              foot={
                <tr>
                  <td>{texts.total}</td>
                  <td className="right"><Money value={total.issued} strong /></td>
                  <td className="right minor"><Money value={total.opening} strong /></td>
                  <td className="right"><Money value={total.received} strong /></td>
                  <td className="right"><Money value={total.late_charge} strong /></td>
                  <td className="right"><Money value={total.ahead} strong /></td>
                  <td className="right"><Money value={total.money} strong /></td>
                  <td className="right minor"><Money value={total.applied} strong /></td>
                </tr>
              }
            />
          </section>
        )}
      </PageState>
      {key === undefined ? null : <Lines key={`${by} ${key}`} from={from} to={to} by={by} part={key} name={nameOf(key)} />}
    </>
  );
}

function Lines({ from, to, by, part, name }: { from: string; to: string; by: string; part: string; name: string }): ReactNode {
  const texts = useTexts(moneyTexts);
  const lines = usePages(['report-lines', from, to, by, part], (after) =>
    api.GET('/api/receivables-report/lines', { params: { query: { from, to, by, key: part, limit: 100, ...(after === undefined ? {} : { after }) } } }),
  );
  return (
    <section className="panel">
      <h2>{texts.lines(name)}</h2>
      <DataTable
        label={texts.lines(name)}
        rows={lines}
        rowKey={(row) => `${row.entry_id}.${row.line_no}`}
        height={360}
        columns={[
          { key: 'on', title: texts.day, show: (row) => <Day value={row.on} /> },
          { key: 'kind', title: texts.kind, show: (row) => row.kind },
          { key: 'account', title: texts.account, show: (row) => <code>{row.account}</code>, minor: true },
          { key: 'supply', title: texts.supplyNo, show: (row) => <GoTo to="/customers/$supply_no" params={{ supply_no: row.supply_no }}>{row.supply_no}</GoTo> },
          { key: 'bill', title: texts.billNo, show: (row) => (row.bill_no == null ? '' : <GoTo to="/bills/$bill_no" params={{ bill_no: row.bill_no }}>{row.bill_no}</GoTo>) },
          { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} strong />, align: 'right' },
        ]}
      />
    </section>
  );
}
