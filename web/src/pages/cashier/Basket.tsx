import { Button } from 'antd';
import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Day, GoTo, Money, useTexts } from '@/ui';

import { useBanks } from '../debit/banks';
import { cashierTexts } from './texts';

export type Quote = Schema<'PaymentQuote'>;

/** What each account is to pay, bill by bill, with its late charge, before anything is taken. */
export function Basket({ quote, onRemove }: { quote: Quote; onRemove: (supply_no: string) => void }): ReactNode {
  const texts = useTexts(cashierTexts);
  return (
    <div className="table-frame">
      <table className="data-table basket" aria-label={texts.basket}>
        <thead>
          <tr>
            <th scope="col">{texts.bill}</th>
            <th scope="col">{texts.due}</th>
            <th scope="col" className="right">{texts.open}</th>
            <th scope="col" className="right">{texts.days}</th>
            <th scope="col" className="right">{texts.late}</th>
            <th scope="col" className="right">{texts.fromPrepaid}</th>
            <th scope="col" className="right">{texts.toPay}</th>
          </tr>
        </thead>
        {quote.accounts.map((account) => (
          <tbody key={account.supply_no}>
            <tr className="of">
              <th scope="rowgroup" colSpan={5}>
                <b>{account.name}</b> <GoTo to="/customers/$supply_no" params={{ supply_no: account.supply_no }}>{account.supply_no}</GoTo>
                <span className="where">{account.address}</span>
                {account.prepaid === '0.00' ? null : (
                  <span>
                    {texts.prepaid} <Money value={account.prepaid} unit />
                  </span>
                )}
              </th>
              <td className="right">
                <Button size="small" type="text" tabIndex={-1} onClick={() => onRemove(account.supply_no)}>
                  {texts.remove}
                </Button>
              </td>
              <td className="right">
                <Money value={account.due} strong />
              </td>
            </tr>
            {account.bills.map((bill) => (
              <tr key={bill.bill_no ?? 'opening'}>
                <td>
                  {bill.cycle ?? texts.opening}{' '}
                  {bill.collected_by == null ? null : <Flying bank={bill.collected_by} />}
                </td>
                <td><Day value={bill.due_on} /></td>
                <td className="right"><Money value={bill.open} /></td>
                <td className={`right${bill.days_late > 0 ? ' late' : ''}`}>{bill.days_late}</td>
                <td className={`right${bill.late_charge === '0.00' ? '' : ' late'}`}><Money value={bill.late_charge} /></td>
                <td className="right"><Money value={bill.from_prepaid} /></td>
                <td className="right"><Money value={bill.due} /></td>
              </tr>
            ))}
            {account.bills.length > 0 ? null : (
              <tr>
                <td colSpan={7} className="quiet">{texts.nothingDue}</td>
              </tr>
            )}
          </tbody>
        ))}
      </table>
    </div>
  );
}

/** A bank is collecting it. */
function Flying({ bank }: { bank: string }): ReactNode {
  const texts = useTexts(cashierTexts);
  const { nameOf } = useBanks();
  return <span className="tag warn">{texts.flying(nameOf(bank))}</span>;
}
