import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { ActButton, DataTable, Day, Field, Money, PageHead, PageState, today, useAct, useAsk, useGo, useSay, useTexts, type Column } from '@/ui';

import { BankField, given, useBanks } from './banks';
import { debitTexts } from './texts';
import './debit.css';

type Plan = Schema<'DebitPlan'>;
type Line = Plan['lines'][number];
type Wish = { bank: string; due_until: string; collect_on: string; station: string; book: string };

/** Which debts a bank shall collect: seen first, then made. */
export default function Make(): ReactNode {
  const texts = useTexts(debitTexts);
  const { banks } = useBanks();
  const [wish, setWish] = useState<Wish>({ bank: '', due_until: today(), collect_on: today(), station: '', book: '' });
  const [seen, setSeen] = useState<Wish>();
  const bank = wish.bank === '' ? (banks[0]?.code ?? '') : wish.bank;
  const change = (changed: Partial<Wish>) => setWish({ ...wish, ...changed });
  const plan = useAsk(
    ['debit-plan', seen],
    () => api.GET('/api/debit-plan', { params: { query: { bank: '', due_until: '', collect_on: '', ...given({ ...seen }) } } }),
    { when: seen !== undefined },
  );
  const error = (field: string) => (plan.problem?.field === field ? plan.problem.code : undefined);
  return (
    <>
      <PageHead title={texts.makeTitle} about={texts.makeAbout} />
      <form
        className="panel debit-form"
        aria-label={texts.makeTitle}
        onSubmit={(event) => {
          event.preventDefault();
          // The keys belong to what is seen now, not to the button.
          if (document.activeElement instanceof HTMLElement) {
            document.activeElement.blur();
          }
          setSeen({ ...wish, bank });
          if (seen !== undefined) {
            plan.refetch();
          }
        }}
      >
        <div className="row">
          <BankField must value={bank === '' ? undefined : bank} onGiven={(bank) => change({ bank: bank ?? '' })} />
          <Field label={texts.dueUntil} hint={texts.dueHint} required>
            <DayInput value={wish.due_until} allowClear={false} onChange={(day) => change({ due_until: day ?? today() })} />
          </Field>
          <Field label={texts.collectOn} hint={texts.collectHint} required error={error('collect_on')}>
            <DayInput value={wish.collect_on} allowClear={false} onChange={(day) => change({ collect_on: day ?? today() })} />
          </Field>
          <Field label={texts.station} hint={texts.bureau} width={130} error={error('station')}>
            <Input value={wish.station} maxLength={40} onChange={(event) => change({ station: event.target.value.trim() })} />
          </Field>
          <Field label={texts.book} hint={texts.allBooks} width={130}>
            <Input value={wish.book} maxLength={40} onChange={(event) => change({ book: event.target.value.trim() })} />
          </Field>
          <Button htmlType="submit" type={plan.data === undefined ? 'primary' : 'default'} loading={plan.isFetching}>
            {texts.preview}
          </Button>
        </div>
      </form>
      {seen === undefined ? null : <PageState of={plan}>{(found) => <Seen plan={found} wish={seen} onChanged={plan.refetch} />}</PageState>}
    </>
  );
}

function Seen({ plan, wish, onChanged }: { plan: Plan; wish: Wish; onChanged: () => void }): ReactNode {
  const texts = useTexts(debitTexts);
  const say = useSay();
  const go = useGo();
  const make = useAct(
    (body: Schema<'DebitBatchWish'>, header) => api.POST('/api/debit-batches', { params: { header }, body }),
    {
      name: 'make debit batch',
      refresh: [['debit-batches'], ['debit-plan']],
      done: (batch) => {
        say.done(texts.madeDone(batch.batch_no));
        go({ to: '/debit/$batch_no', params: { batch_no: batch.batch_no } });
      },
    },
  );
  const hasChanged = make.problem?.code === 'debit.changed';
  const optional = (text: string) => (text === '' ? null : text);
  const columns: readonly Column<Line>[] = [
    { key: 'supply', title: texts.supplyNo, show: (row) => <span className="figure">{row.supply_no}</span> },
    { key: 'name', title: texts.name, show: (row) => row.name },
    { key: 'station', title: texts.station, show: (row) => row.station, minor: true },
    { key: 'month', title: texts.month, show: (row) => row.month ?? texts.opening },
    { key: 'due', title: texts.dueOn, show: (row) => <Day value={row.due_on} /> },
    { key: 'late', title: texts.late, show: (row) => <Money value={row.late_charge} />, align: 'right' },
    { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} strong />, align: 'right' },
  ];
  const why = (row: Line) => {
    const detail = row.detail ?? '';
    return row.why === 'in-flight' ? texts.inFlight(detail) : row.why === 'refused' ? texts.refused(detail) : texts.tooLarge;
  };
  return (
    <>
      <section className="panel">
        <header>
          <h2 aria-live="polite">{texts.planned(plan.count, plan.amount)}</h2>
          {plan.late_charge === '0.00' ? null : <span className="quiet">{texts.withLate(plan.late_charge)}</span>}
          <span className="stretch" />
          <ActButton
            does={texts.make}
            keys="ctrl+Enter"
            type="primary"
            loading={make.isRunning}
            notNow={plan.count === 0 ? texts.nothing : hasChanged ? texts.changed : undefined}
            onAct={() => make.run({ ...wish, station: optional(wish.station), book: optional(wish.book), digest: plan.digest })}
          />
        </header>
        {hasChanged ? (
          <p className="note bad" role="alert">
            {texts.changed}{' '}
            <Button size="small" onClick={() => (make.forget(), onChanged())}>
              {texts.preview}
            </Button>
          </p>
        ) : null}
        {plan.lines.length < plan.count ? <p className="quiet">{texts.shown(plan.lines.length)}</p> : null}
        <DataTable label={texts.lines} rows={plan.lines} rowKey={(row) => `${row.supply_no} ${row.bill_no ?? ''}`} columns={columns} empty={texts.nothing} height={380} />
      </section>
      {plan.left_out_count === 0 ? null : (
        <section className="panel">
          <h2>{texts.leftOut(plan.left_out_count)}</h2>
          <DataTable
            label={texts.leftOut(plan.left_out_count)}
            rows={plan.left_out}
            rowKey={(row) => `${row.supply_no} ${row.bill_no ?? ''}`}
            columns={[...columns.filter(({ key }) => key !== 'station'), { key: 'why', title: texts.why, show: why }]}
            height={240}
          />
        </section>
      )}
    </>
  );
}
