import { Checkbox } from 'antd';
import { Fragment, useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { ReasonField } from '@/forms/ReasonField';
import { useRights, useSession } from '@/shell/session';
import { ActButton, DataTable, Empty, Field, Instant, Money, PageHead, sumYuan, today, useAct, usePages, useQueryState, useSay, useTexts, type Column } from '@/ui';

import { methodName } from '../closing/names';
import { closingTexts } from '../closing/texts';
import type { Word } from './money';
import { Refund } from './Refund';
import { Requests } from './Requests';
import { Papers, Shares } from './Taken';
import { cashierTexts } from './texts';
import './cashier.css';

type Payment = Schema<'Payment'>;

/** Payments of a day, taking one back, and what waits for a second person. */
export default function Payments(): ReactNode {
  const texts = useTexts(cashierTexts);
  const session = useSession();
  const rights = useRights();
  const [query, change] = useQueryState();
  const day = query.day ?? today();
  const isMine = query.mine === undefined ? rights.has('payment.take') : query.mine === '1';
  const list = usePages(['payments', day, isMine], (after) =>
    api.GET('/api/payments', {
      params: { query: { day, limit: 100, ...(isMine ? { cashier: session.login } : {}), ...(after === undefined ? {} : { after }) } },
    }),
  );
  const chosen = list.rows.find((payment) => payment.receipt_no === query.receipt) ?? list.rows[0];
  const columns: Column<Payment>[] = [
    { key: 'time', title: texts.time, width: 130, show: (payment) => <Instant value={payment.paid_at} /> },
    { key: 'no', title: texts.receipt, width: 140, show: (payment) => <span className="figure">{payment.receipt_no}</span> },
    { key: 'who', title: texts.who, show: (payment) => <Whose payment={payment} /> },
    { key: 'method', title: texts.method, width: 80, show: (payment) => texts[payment.method as Word] },
    { key: 'state', title: texts.state, width: 80, show: (payment) => <State of={payment} /> },
    { key: 'cashier', title: texts.cashier, width: 90, minor: true, show: (payment) => payment.cashier },
    { key: 'amount', title: texts.amount, width: 100, align: 'right', show: (payment) => <Money value={payment.amount} /> },
  ];
  return (
    <>
      <PageHead title={texts.payments} about={texts.paymentsAbout} />
      {rights.hasOne(['payment.approve-reversal', 'payment.reverse']) ? <Requests /> : null}
      <div className="workbench">
        <section className="panel" aria-label={texts.payments}>
          <div className="row work-bar">
            <Field label={texts.day} inline>
              <DayInput value={day} allowClear={false} onChange={(chosen) => change({ day: chosen ?? undefined, receipt: undefined })} />
            </Field>
            <Checkbox checked={isMine} onChange={(event) => change({ mine: event.target.checked ? '1' : '0', receipt: undefined })}>
              {texts.mine}
            </Checkbox>
          </div>
          <DataTable
            label={texts.payments}
            columns={columns}
            rows={list}
            rowKey={(payment) => payment.receipt_no}
            chosen={chosen?.receipt_no}
            onChoose={(payment) => change({ receipt: payment.receipt_no })}
            rowClass={(payment) => (payment.state === 'taken' ? undefined : 'off')}
            empty={texts.none}
            foot={list.hasMore || list.rows.length === 0 ? undefined : <tr><td colSpan={columns.length}><Sums of={list.rows} /></td></tr>}
            autoFocus
          />
        </section>
        <section className="panel desk" aria-label={texts.shares}>
          {chosen === undefined ? <Empty>{texts.choose}</Empty> : <One key={chosen.receipt_no} payment={chosen} />}
        </section>
      </div>
      {rights.has('payment.reverse') ? <Refund /> : null}
    </>
  );
}

function Whose({ payment }: { payment: Payment }): ReactNode {
  const [first, ...rest] = [...new Set(payment.shares.map((share) => share.supply_no))];
  return (
    <>
      {payment.shares[0]?.name} <span className="figure">{first}</span>
      {rest.length === 0 ? '' : ` +${rest.length}`}
    </>
  );
}

function State({ of }: { of: Payment }): ReactNode {
  const texts = useTexts(cashierTexts);
  if (of.kind !== 'payment') {
    return texts[of.kind as Word];
  }
  return of.state === 'reversed' ? texts.reversed : texts.taken_state;
}

/** What came in and went out by each method. */
function Sums({ of }: { of: readonly Payment[] }): ReactNode {
  const texts = useTexts(cashierTexts);
  const methods = [...new Set(of.map((payment) => payment.method))];
  const sum = (rows: readonly Payment[]) => sumYuan(rows.map((payment) => payment.amount));
  return (
    <p className="row sums">
      {methods.map((method) => (
        <span key={method}>
          {texts[method as Word]} <Money value={sum(of.filter((payment) => payment.method === method))} />
        </span>
      ))}
      <strong>
        {texts.sum} <Money value={sum(of)} unit />
      </strong>
    </p>
  );
}

function One({ payment }: { payment: Payment }): ReactNode {
  const texts = useTexts(cashierTexts);
  const channels = useTexts(closingTexts);
  const rights = useRights();
  const say = useSay();
  const [isReversing, setReversing] = useState(false);
  const { receipt_no } = payment;
  const reverse = useAct(
    (reason: string, header) => api.POST('/api/payments/{receipt_no}/reversal', { params: { path: { receipt_no }, header }, body: { reason } }),
    {
      name: `reverse ${receipt_no}`,
      refresh: [['payments'], ['payment-requests'], ['till']],
      fields: ['reason'],
      done: ({ reversal, request }) => {
        setReversing(false);
        say.done(reversal == null ? texts.askedDone(request?.request_no ?? '') : texts.reversedDone(reversal.receipt_no));
      },
    },
  );
  const facts: [string, ReactNode][] = [
    [texts.receipt, <span className="figure">{receipt_no}</span>],
    [texts.method, texts[payment.method as Word]],
    [texts.amount, <Money value={payment.amount} unit strong />],
    [texts.time, <Instant value={payment.paid_at} seconds />],
    [texts.cashier, payment.cashier],
  ];
  const more: [string, string | null | undefined][] = [
    [texts.tendered, payment.tendered],
    [texts.change, payment.change],
    [texts.bank, payment.bank],
    [texts.instrument, payment.instrument ?? payment.reference],
    [texts.reason, payment.reason],
    [texts.reversal, payment.reversed_by ?? payment.reverses],
    [texts.channel, payment.channel === 'counter' ? null : methodName(payment.channel, channels)],
    [texts.reprints, payment.prints === 0 ? null : String(payment.prints)],
  ];
  return (
    <>
      <dl className="facts">
        {[...facts, ...more.filter(([, value]) => value != null)].map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <Shares of={payment.shares} />
      <div className="row">
        <Papers payment={payment} />
      </div>
      {!rights.has('payment.reverse') || payment.kind !== 'payment' || payment.state !== 'taken' ? null : isReversing ? (
        <ReasonField
          act={texts.reverseAct}
          danger
          usual={[texts.reverseUsual1, texts.reverseUsual2, texts.reverseUsual3]}
          isRunning={reverse.isRunning}
          error={reverse.at('reason')}
          onGiven={reverse.run}
          onCancel={() => setReversing(false)}
        />
      ) : (
        <ReverseButton onAct={() => setReversing(true)} />
      )}
    </>
  );
}

function ReverseButton({ onAct }: { onAct: () => void }): ReactNode {
  const texts = useTexts(cashierTexts);
  return (
    <div className="row">
      <ActButton danger does={texts.reverse} keys="x" onAct={onAct} />
    </div>
  );
}
