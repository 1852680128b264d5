import { Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput, MoneyInput } from '@/forms/inputs';
import { ActButton, Bars, DataTable, Day, Field, GoTo, Money, PageHead, PageState, monthAfter, today, useAsk, useGo, usePages, useQueryState, useTexts } from '@/ui';

import '../closing/closing.css';
import { CATEGORIES, useNames } from '../customers/words';
import { queryOf, useSave } from './save';
import { moneyTexts } from './texts';

type Age = Schema<'AgeClass'>;

/** Who owes what since when, how old it is, and how much of what was issued has come in. */
export default function Arrears(): ReactNode {
  const texts = useTexts(moneyTexts);
  const save = useSave();
  const names = useNames();
  const [query, setQuery] = useQueryState();
  const part = { station: query['station'], book: query['book'], category: query['category'] };
  const filter = { ...part, least: query['least'], age: query['age'], order: query['order'] ?? 'amount' };
  return (
    <>
      <PageHead title={texts.arrears}>
        <ActButton does={texts.export} onAct={() => save(`/api/arrears.csv?${queryOf(filter)}`, `arrears-${today()}.csv`)} />
      </PageHead>
      <div className="till-columns">
        <Ages part={part} chosen={query['age']} onChoose={(age) => setQuery({ age: age === query['age'] ? undefined : age })} />
        <Recovery />
      </div>
      <section className="panel">
        <div className="close-bar">
          <Filter label={texts.station} value={query['station']} onGiven={(station) => setQuery({ station })} />
          <Filter label={texts.book} value={query['book']} onGiven={(book) => setQuery({ book })} />
          <Field label={texts.category} inline>
            <Select
              value={query['category'] ?? ''}
              style={{ width: 150 }}
              onChange={(category) => setQuery({ category: category === '' ? undefined : category })}
              options={[{ value: '', label: texts.everyCategory }, ...CATEGORIES.map((code) => ({ value: code as string, label: names('category', code) }))]}
            />
          </Field>
          <Least value={query['least']} onGiven={(least) => setQuery({ least })} />
          <Field label={texts.order} inline>
            <Select
              value={filter.order}
              style={{ width: 150 }}
              onChange={(order) => setQuery({ order })}
              options={[
                { value: 'amount', label: texts.byAmount },
                { value: 'age', label: texts.byOldest },
              ]}
            />
          </Field>
        </div>
        <List filter={filter} />
      </section>
    </>
  );
}

/** Asked for when Enter is pressed or the field is left. */
function Filter({ label, value, onGiven }: { label: string; value: string | undefined; onGiven: (value: string | undefined) => void }): ReactNode {
  const [text, setText] = useState(value ?? '');
  const give = () => onGiven(text.trim() === '' ? undefined : text.trim());
  return (
    <Field label={label} inline>
      <Input value={text} allowClear style={{ width: 110 }} onChange={(event) => setText(event.target.value)} onPressEnter={give} onBlur={give} />
    </Field>
  );
}

function Least({ value, onGiven }: { value: string | undefined; onGiven: (value: string | undefined) => void }): ReactNode {
  const texts = useTexts(moneyTexts);
  const [text, setText] = useState(value ?? '');
  const give = () => onGiven(text.trim() === '' ? undefined : text.trim());
  return (
    <Field label={texts.least} inline>
      <MoneyInput value={text} onChange={setText} style={{ width: 120 }} onPressEnter={give} onBlur={give} />
    </Field>
  );
}

function useAgeName(): (age: Age) => string {
  const texts = useTexts(moneyTexts);
  return (age) => (age.to_days == null ? texts.daysOver(age.from_days) : texts.days(age.from_days, String(age.to_days)));
}

type Part = { station: string | undefined; book: string | undefined; category: string | undefined };

function given<Given extends Record<string, string | undefined>>(parts: Given): Partial<Record<keyof Given, string>> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== '')) as Partial<Record<keyof Given, string>>;
}

function Ages({ part, chosen, onChoose }: { part: Part; chosen: string | undefined; onChoose: (age: string) => void }): ReactNode {
  const texts = useTexts(moneyTexts);
  const nameOf = useAgeName();
  const ages = useAsk(['arrears-ages', part], () => api.GET('/api/arrears/ages', { params: { query: given(part) } }), { keepOld: true });
  return (
    <section className="panel">
      <h2>{texts.byAge}</h2>
      <PageState of={ages}>
        {(rows) => (
          <>
            <Bars
              label={texts.byAge}
              unit="¥"
              height={170}
              x={rows.map((row) => nameOf(row.age))}
              series={[{ name: texts.amount, values: rows.map((row) => row.amount) }]}
              onOpen={(at) => onChoose(String(rows[at]?.age.number ?? 0))}
            />
            <DataTable
              label={texts.byAge}
              rows={rows}
              rowKey={(row) => String(row.age.number)}
              chosen={chosen}
              onOpen={(row) => onChoose(String(row.age.number))}
              rowClass={(row) => (String(row.age.number) === chosen ? 'strong' : undefined)}
              columns={[
                { key: 'age', title: texts.byAge, show: (row) => nameOf(row.age) },
                { key: 'accounts', title: texts.accounts, show: (row) => <span className="figure">{row.accounts}</span>, align: 'right' },
                { key: 'bills', title: texts.bills, show: (row) => <span className="figure">{row.bills}</span>, align: 'right' },
                { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} strong />, align: 'right' },
              ]}
            />
          </>
        )}
      </PageState>
    </section>
  );
}

function Recovery(): ReactNode {
  const texts = useTexts(moneyTexts);
  const [query, setQuery] = useQueryState();
  const by = query['recovery'] ?? 'month';
  const asOf = query['as_of'] ?? today();
  const to = asOf.slice(0, 7);
  const from = monthAfter(to, -11);
  const rows = useAsk(['recovery', from, to, asOf, by], () => api.GET('/api/recovery', { params: { query: { from, to, as_of: asOf, by } } }), { keepOld: true });
  return (
    <section className="panel">
      <h2>{texts.recovery}</h2>
      <div className="close-bar">
        <Field label={texts.asOf} inline>
          <DayInput value={asOf} allowClear={false} onChange={(day) => setQuery({ as_of: day ?? undefined })} />
        </Field>
        <Field label={texts.by} inline>
          <Select
            value={by}
            style={{ width: 150 }}
            onChange={(value) => setQuery({ recovery: value })}
            options={[
              { value: 'month', label: texts.byMonth },
              { value: 'station', label: texts.byStation },
            ]}
          />
        </Field>
      </div>
      <PageState of={rows} isEmpty={(rows) => rows.length === 0} empty={texts.noRecovery}>
        {(rows) => (
          <>
            <Bars label={texts.recovery} unit={texts.rateUnit} height={150} x={rows.map((row) => row.key)} series={[{ name: texts.rate, values: rows.map((row) => row.rate ?? null) }]} />
            <DataTable
              label={texts.recovery}
              rows={rows.toReversed()}
              rowKey={(row) => row.key}
              height={180}
              columns={[
                { key: 'key', title: by === 'month' ? texts.cycle : texts.station, show: (row) => row.key },
                { key: 'issued', title: texts.issued, show: (row) => <Money value={row.issued} />, align: 'right' },
                { key: 'received', title: texts.received, show: (row) => <Money value={row.received} />, align: 'right' },
                { key: 'rate', title: texts.rate, show: (row) => <span className="figure strong">{row.rate == null ? '—' : `${row.rate}%`}</span>, align: 'right' },
              ]}
            />
          </>
        )}
      </PageState>
    </section>
  );
}

function List({ filter }: { filter: Part & { least: string | undefined; age: string | undefined; order: string } }): ReactNode {
  const texts = useTexts(moneyTexts);
  const go = useGo();
  const names = useNames();
  const [chosen, setChosen] = useState<string>();
  const { age, ...words } = filter;
  const list = usePages(['arrears', filter], (after) =>
    api.GET('/api/arrears', {
      params: { query: { ...given(words), ...(age === undefined ? {} : { age: Number.parseInt(age, 10) }), limit: 50, ...(after === undefined ? {} : { after }) } },
    }),
  );
  const row = list.rows.find((row) => row.supply_no === chosen);
  return (
    <>
      <DataTable
        label={texts.arrears}
        rows={list}
        rowKey={(row) => row.supply_no}
        chosen={chosen ?? list.rows[0]?.supply_no}
        onChoose={(row) => setChosen(row.supply_no)}
        onOpen={(row) => go({ to: '/customers/$supply_no', params: { supply_no: row.supply_no } })}
        empty={texts.none}
        height={420}
        columns={[
          { key: 'supply', title: texts.supplyNo, show: (row) => <span className="figure">{row.supply_no}</span> },
          { key: 'name', title: texts.name, show: (row) => row.name },
          { key: 'station', title: texts.station, show: (row) => row.station },
          { key: 'book', title: texts.book, show: (row) => row.book ?? '', minor: true },
          { key: 'category', title: texts.category, show: (row) => names('category', row.category), minor: true },
          { key: 'bills', title: texts.bills, show: (row) => <span className="figure">{row.bills}</span>, align: 'right' },
          { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} strong />, align: 'right' },
          { key: 'late', title: texts.lateCharge, show: (row) => <Money value={row.late_charge} />, align: 'right' },
          { key: 'oldest', title: texts.oldest, show: (row) => <Day value={row.oldest_due} />, minor: true },
          { key: 'days', title: texts.overdueDays, show: (row) => <span className="figure">{row.days}</span>, align: 'right' },
          {
            key: 'paid',
            title: texts.lastPaid,
            show: (row) => (row.last_paid_on == null ? <span className="absent">—</span> : <><Day value={row.last_paid_on} /> <Money value={row.last_paid} /></>),
          },
        ]}
      />
      {row === undefined ? null : <Bills key={row.supply_no} supplyNo={row.supply_no} />}
    </>
  );
}

function Bills({ supplyNo }: { supplyNo: string }): ReactNode {
  const texts = useTexts(moneyTexts);
  const bills = usePages(['open-bills', supplyNo], (after) =>
    api.GET('/api/arrears/bills', { params: { query: { supply_no: supplyNo, limit: 50, ...(after === undefined ? {} : { after }) } } }),
  );
  return (
    <>
      <h3>
        {texts.openBills} · {supplyNo}
      </h3>
      <DataTable
        label={texts.openBills}
        rows={bills}
        rowKey={(row) => `${row.bill_no ?? ''}${row.due_on}`}
        empty={texts.noBills}
        columns={[
          { key: 'bill', title: texts.billNo, show: (row) => (row.bill_no == null ? texts.opening : <GoTo to="/bills/$bill_no" params={{ bill_no: row.bill_no }}>{row.bill_no}</GoTo>) },
          { key: 'cycle', title: texts.cycle, show: (row) => row.cycle ?? '' },
          { key: 'due', title: texts.due, show: (row) => <Day value={row.due_on} /> },
          { key: 'days', title: texts.overdueDays, show: (row) => <span className="figure">{row.days}</span>, align: 'right' },
          { key: 'amount', title: texts.billAmount, show: (row) => <Money value={row.amount} />, align: 'right' },
          { key: 'open', title: texts.open, show: (row) => <Money value={row.open} strong />, align: 'right' },
        ]}
      />
    </>
  );
}
