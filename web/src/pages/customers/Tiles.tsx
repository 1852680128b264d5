import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { GoTo, Money, grouped, useTexts } from '@/ui';

import { customerTexts } from './texts';
import { useNames } from './words';

/** What a question at the counter is about first: money, the last bill, the last reading; of these, what he may see. */
export function Tiles({ summary }: { summary: Schema<'CustomerSummary'> }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const rights = useRights();
  const { balance, last_bill: bill, last_reading: reading } = summary;
  const isLate = balance != null && balance.overdue !== '0.00';
  return (
    <div className="tiles">
      {balance == null ? null : (
        <>
          <Tile
            name={texts.owed}
            isDue={isLate}
            hint={isLate ? texts.overdue(grouped(balance.overdue), balance.overdue_since ?? '') : texts.openItems(balance.open_items)}
          >
            <Money value={balance.owed} unit />
          </Tile>
          <Tile name={texts.prepaid} hint="">
            <Money value={balance.prepaid} unit />
          </Tile>
        </>
      )}
      {!rights.has('bill.read') ? null : (
        <Tile name={texts.lastBill} hint={bill == null ? '' : bill.open === '0.00' ? `${bill.cycle} · ${texts.paid}` : `${bill.cycle} · ${texts.due(bill.due_on)}`}>
          {bill == null ? (
            <span className="absent">{texts.noBill}</span>
          ) : (
            <GoTo to="/bills/$bill_no" params={{ bill_no: bill.bill_no }}>
              <Money value={bill.amount} unit />
            </GoTo>
          )}
        </Tile>
      )}
      {!rights.has('reading.read') ? null : (
        <Tile name={texts.lastReading} hint={reading == null ? '' : `${names('kind', reading.kind)} · ${reading.meter_no}`}>
          {reading == null ? <span className="absent">{texts.noReading}</span> : <span className="figure">{reading.read_on}</span>}
        </Tile>
      )}
      <Tile name={texts.metersNow} hint={texts.siblingsCount(summary.siblings)}>
        <span className="figure">{summary.meters}</span>
      </Tile>
    </div>
  );
}

function Tile({ name, hint, isDue = false, children }: { name: string; hint: string; isDue?: boolean; children: ReactNode }): ReactNode {
  return (
    <div className={`tile${isDue ? ' due' : ''}`}>
      <div className="name">{name}</div>
      <div className="value">{children}</div>
      <div className="hint">{hint}</div>
    </div>
  );
}
