import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, Instant, Money, sumYuan, usePages, useTexts, type Column } from '@/ui';

import { customerTexts } from './texts';
import { useNames } from './words';

type Payment = Schema<'Payment'>;

/** What was paid for this account, reversals and what was reversed among it. */
export function Payments({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const payments = usePages(['payments', supply_no], (after) =>
    api.GET('/api/payments', { params: { query: { supply_no, ...(after === undefined ? {} : { after }) } } }),
  );
  const own = (payment: Payment) => payment.shares.filter((share) => share.supply_no === supply_no);
  const columns: Column<Payment>[] = [
    { key: 'paid_at', title: texts.paidAt, show: (payment) => <Instant value={payment.paid_at} /> },
    { key: 'receipt', title: texts.receiptNo, show: (payment) => <span className="figure">{payment.receipt_no}</span> },
    { key: 'method', title: texts.method, show: (payment) => names('method', payment.method) },
    { key: 'amount', title: texts.amount, align: 'right', show: (payment) => <Money value={sumYuan(own(payment).map((share) => share.amount))} /> },
    {
      key: 'for',
      title: texts.paidFor,
      show: (payment) => own(payment).map((share) => `${names('purpose', share.purpose)}${share.cycle == null ? '' : ` ${share.cycle}`}`).filter(once).join('，'),
    },
    { key: 'cashier', title: texts.cashier, show: (payment) => payment.cashier, minor: true },
    { key: 'state', title: texts.status, show: (payment) => <span className={`tag ${payment.state === 'taken' ? 'good' : 'warn'}`}>{names('paid', payment.state)}</span> },
  ];
  return (
    <section className="panel">
      <h2>{texts.paymentsTable}</h2>
      <DataTable
        label={texts.paymentsTable}
        columns={columns}
        rows={payments}
        rowKey={(payment) => payment.receipt_no}
        rowClass={(payment) => (payment.state === 'taken' ? undefined : 'gone')}
        empty={texts.noPayments}
      />
    </section>
  );
}

const once = (word: string, at: number, all: string[]) => all.indexOf(word) === at;
