import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { Bars, DataTable, GoTo, Kwh, Money, PageState, useAsk, useGo, useTexts, type Column } from '@/ui';

import { customerTexts } from './texts';
import { useNames } from './words';

type Bill = Schema<'MonthBill'>;

/** Two years of bills: what was used, what it cost, and every bill with its way. */
export function Bills({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const go = useGo();
  const months = useAsk(['bill-months', supply_no], () => api.GET('/api/usage-points/{supply_no}/bill-months', { params: { path: { supply_no } } }));
  const open = (bill: Bill) => go({ to: '/bills/$bill_no', params: { bill_no: bill.bill_no } });
  const columns: Column<Bill>[] = [
    { key: 'cycle', title: texts.cycle, show: (bill) => <span className="figure">{bill.cycle}</span> },
    { key: 'bill_no', title: texts.billNo, show: (bill) => <GoTo to="/bills/$bill_no" params={{ bill_no: bill.bill_no }}>{bill.bill_no}</GoTo> },
    { key: 'period', title: texts.period, show: (bill) => <span className="figure">{`${bill.period_from} – ${bill.period_to}`}</span>, minor: true },
    { key: 'kwh', title: texts.kwh, align: 'right', show: (bill) => <Kwh value={bill.kwh} /> },
    { key: 'amount', title: texts.amount, align: 'right', show: (bill) => <Money value={bill.amount} /> },
    {
      key: 'open',
      title: texts.open,
      align: 'right',
      show: (bill) => (bill.status !== 'issued' ? null : <Money value={bill.open} strong={bill.open != null && bill.open !== '0.00'} />),
    },
    { key: 'due', title: texts.dueOn, show: (bill) => <span className="figure">{bill.due_on}</span> },
    {
      key: 'status',
      title: texts.status,
      show: (bill) => <span className={`tag ${bill.status === 'issued' ? 'good' : bill.status === 'reversal' ? 'warn' : ''}`}>{names('status', bill.status)}</span>,
    },
  ];
  return (
    <PageState of={months} isEmpty={(all) => all.length === 0} empty={texts.noBills}>
      {(all) => {
        const x = all.map((month) => month.cycle);
        const bills = all.flatMap((month) => month.bills).toReversed();
        const first = (index: number) => all[index]?.bills.find((bill) => bill.status === 'issued');
        const openMonth = (index: number) => {
          const bill = first(index);
          if (bill !== undefined) {
            open(bill);
          }
        };
        return (
          <>
            <div className="columns wide">
              <section className="panel">
                <h2>{texts.monthsChart}</h2>
                <Bars label={texts.monthsChart} x={x} unit={texts.kwhUnit} series={[{ name: texts.monthsChart, values: all.map((month) => month.kwh) }]} onOpen={openMonth} />
              </section>
              <section className="panel">
                <h2>{texts.amountsChart}</h2>
                <Bars label={texts.amountsChart} x={x} unit={texts.yuanUnit} series={[{ name: texts.amountsChart, values: all.map((month) => month.amount) }]} onOpen={openMonth} />
              </section>
            </div>
            <section className="panel">
              <h2>{texts.billsTable}</h2>
              <DataTable
                label={texts.billsTable}
                columns={columns}
                rows={bills}
                rowKey={(bill) => bill.bill_no}
                rowClass={(bill) => (bill.status === 'issued' ? undefined : 'gone')}
                onOpen={open}
              />
            </section>
          </>
        );
      }}
    </PageState>
  );
}
