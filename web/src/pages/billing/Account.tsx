import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { ActButton, DataTable, GoTo, Kwh, Money, PageState, useAct, useAsk, useSay, useTexts, type Column } from '@/ui';
import { useRights } from '@/shell/session';

import { billingTexts } from './texts';

type Bill = Schema<'Bill'>;

/** The bills of one account: the latest can be cancelled, and this account then tried and issued anew. */
export function Account({ supplyNo }: { supplyNo: string }): ReactNode {
  const texts = useTexts(billingTexts);
  const bills = useAsk(['billing', 'bills', supplyNo], () =>
    api.GET('/api/usage-points/{supply_no}/bills', { params: { path: { supply_no: supplyNo }, query: { limit: 24 } } }),
  );
  const states: Record<string, [string, string]> = { issued: [texts.issued, 'good'], cancelled: [texts.cancelled, ''], reversal: [texts.reversal, 'warn'] };
  const columns: Column<Bill>[] = [
    {
      key: 'no',
      title: texts.billNo,
      show: ({ bill_no }) => (
        <GoTo to="/bills/$bill_no" params={{ bill_no }}>
          {bill_no}
        </GoTo>
      ),
    },
    { key: 'cycle', title: texts.month, show: ({ cycle }) => cycle },
    { key: 'period', title: texts.period, minor: true, show: ({ period_from, period_to }) => `${period_from} – ${period_to}` },
    { key: 'kwh', title: texts.kwh, align: 'right', show: ({ kwh }) => <Kwh value={kwh} /> },
    { key: 'amount', title: texts.amount, align: 'right', show: ({ amount }) => <Money value={amount} /> },
    { key: 'status', title: texts.status, show: ({ status }) => <span className={`tag ${states[status]?.[1] ?? ''}`}>{states[status]?.[0] ?? status}</span> },
  ];
  return (
    <PageState of={bills} isEmpty={(bills) => bills.length === 0} empty={texts.billsEmpty}>
      {(bills) => (
        <>
          <DataTable label={texts.bills} columns={columns} rows={bills} rowKey={({ bill_no }) => bill_no} height={260} />
          <Cancel latest={bills.find(({ status }) => status === 'issued')} />
        </>
      )}
    </PageState>
  );
}

function Cancel({ latest }: { latest: Bill | undefined }): ReactNode {
  const texts = useTexts(billingTexts);
  const rights = useRights();
  const say = useSay();
  const [isAsking, setAsking] = useState(false);
  const bill_no = latest?.bill_no ?? '';
  const cancel = useAct(
    (reason: string, header) => api.POST('/api/bills/{bill_no}/cancellation', { params: { path: { bill_no }, header }, body: { reason } }),
    {
      name: `cancel ${bill_no}`,
      refresh: [['billing'], ['bill'], ['balance']],
      fields: ['reason'],
      done: () => {
        setAsking(false);
        say.done(texts.cancelled_(bill_no));
      },
    },
  );
  if (latest === undefined || !rights.has('bill.cancel')) {
    return null;
  }
  return (
    <div style={{ marginTop: 10 }}>
      <p className="note">{texts.cancelHint}</p>
      {isAsking ? (
        <ReasonField
          act={`${texts.cancelBill} ${bill_no}`}
          danger
          usual={[texts.cancelReasons]}
          onGiven={cancel.run}
          onCancel={() => setAsking(false)}
          isRunning={cancel.isRunning}
          error={cancel.at('reason')}
        />
      ) : (
        <ActButton does={`${texts.cancelBill} ${bill_no}`} danger onAct={() => setAsking(true)} />
      )}
    </div>
  );
}
