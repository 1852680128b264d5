import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights, useSession } from '@/shell/session';
import { ActButton, Instant, Money, PageState, useAct, usePages, useSay, useTexts } from '@/ui';

import type { Word } from './money';
import { cashierTexts } from './texts';

type Request = Schema<'PaymentRequest'>;
const AFTERWARDS = [['payment-requests'], ['payments'], ['till']] as const;

/** Reversals and refunds that wait for a second person. */
export function Requests(): ReactNode {
  const texts = useTexts(cashierTexts);
  const list = usePages(['payment-requests'], (after) =>
    api.GET('/api/payment-requests', { params: { query: { state: 'waiting', ...(after === undefined ? {} : { after }) } } }),
    { everyMs: 15_000 },
  );
  if (list.problem === null && list.rows.length === 0) {
    return null;
  }
  return (
    <section className="panel" aria-label={texts.requests}>
      <header>
        <h2>{texts.requests}</h2>
      </header>
      <PageState of={{ data: list.isPending ? undefined : list.rows, isPending: list.isPending, problem: list.problem, refetch: list.refetch }}>
        {(rows) => (
          <ul className="requests">
            {rows.map((request) => (
              <One key={request.request_no} request={request} />
            ))}
          </ul>
        )}
      </PageState>
    </section>
  );
}

function One({ request }: { request: Request }): ReactNode {
  const texts = useTexts(cashierTexts);
  const rights = useRights();
  const session = useSession();
  const say = useSay();
  const [isDeclining, setDeclining] = useState(false);
  const { request_no } = request;
  const approve = useAct(
    (_: string, header) => api.POST('/api/payment-requests/{request_no}/approval', { params: { path: { request_no }, header }, body: {} }),
    { name: `approve ${request_no}`, refresh: AFTERWARDS, done: () => say.done(texts.approved) },
  );
  const decline = useAct(
    (reason: string, header) => api.POST('/api/payment-requests/{request_no}/refusal', { params: { path: { request_no }, header }, body: { reason } }),
    { name: `decline ${request_no}`, refresh: AFTERWARDS, fields: ['reason'], done: () => say.done(texts.declined) },
  );
  const withdraw = useAct(
    (_: string, header) => api.POST('/api/payment-requests/{request_no}/withdrawal', { params: { path: { request_no }, header }, body: {} }),
    { name: `withdraw ${request_no}`, refresh: AFTERWARDS, done: () => say.done(texts.withdrawn) },
  );
  const isOwn = request.asked_by === session.login;
  const mayApprove = rights.has('payment.approve-reversal');
  const notNow = isOwn ? texts.own : mayApprove ? undefined : texts.noApprove;
  return (
    <li>
      <p>
        <b>{texts[request.kind as Word]}</b> <Money value={request.amount} unit strong />{' '}
        <span className="figure">{request.receipt_no ?? request.supply_no}</span> · {texts[request.method as Word]} · {texts.askedBy} {request.asked_by} ·{' '}
        <Instant value={request.asked_at} /> · {request.reason}
      </p>
      {isDeclining ? (
        <ReasonField act={texts.decline} danger isRunning={decline.isRunning} error={decline.at('reason')} onGiven={decline.run} onCancel={() => setDeclining(false)} />
      ) : (
        <div className="row">
          <ActButton type="primary" does={texts.approve} loading={approve.isRunning} notNow={notNow} onAct={() => approve.run(request_no)} />
          <ActButton does={texts.decline} notNow={notNow} onAct={() => setDeclining(true)} />
          {isOwn ? <ActButton does={texts.withdraw} loading={withdraw.isRunning} onAct={() => withdraw.run(request_no)} /> : null}
        </div>
      )}
    </li>
  );
}
