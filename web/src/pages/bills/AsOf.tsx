import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { Field, GoTo, Money, PageState, useAsk, useTexts, useWords } from '@/ui';

import { billTexts } from './texts';

type AsOfDay = Schema<'BillAsOf'>;

/** Which bill stood for this one's month on the evening of a day, and how much of it was settled. */
export function AsOf({ bill_no }: { bill_no: string }): ReactNode {
  const texts = useTexts(billTexts);
  const words = useWords();
  const [on, setOn] = useState<string | null>(null);
  const asked = useAsk(['bill-as-of', bill_no, on], () => api.GET('/api/bills/{bill_no}/as-of', { params: { path: { bill_no }, query: { on: on ?? '' } } }), {
    when: on !== null,
    keepOld: true,
  });
  const error = asked.problem?.field === 'on' ? words(asked.problem.words) : undefined;
  return (
    <details className="panel as-of">
      <summary>{texts.asOf}</summary>
      <Field label={texts.asOfDay} inline hint={texts.asOfHint} error={error}>
        <DayInput value={on} onChange={setOn} />
      </Field>
      {on === null || error !== undefined ? null : <PageState of={asked}>{(then) => <Stood then={then} />}</PageState>}
    </details>
  );
}

function Stood({ then }: { then: AsOfDay }): ReactNode {
  const texts = useTexts(billTexts);
  const names: Record<string, unknown> = texts;
  const link = ({ bill_no }: AsOfDay['asked']) => (
    <GoTo to="/bills/$bill_no" params={{ bill_no }}>
      {bill_no}
    </GoTo>
  );
  return (
    <>
      {then.stood == null ? (
        <p>{texts.noneStood(then.asked.cycle, then.on)}</p>
      ) : (
        <p aria-live="polite">
          {texts.stood(then.asked.cycle, then.on)} {link(then.stood)}
          {then.stood.bill_no === then.asked.bill_no ? texts.thisBill : ''} · <Money value={then.stood.amount} unit strong /> · {texts.settled}{' '}
          <Money value={then.settled} unit />
        </p>
      )}
      {then.later.length === 0 ? null : (
        <ul className="plain-list">
          <li>{texts.later}</li>
          {then.later.map((bill) => (
            <li key={bill.bill_no}>
              {bill.issued_on} {link(bill)} <span className={`tag ${bill.status === 'issued' ? 'good' : bill.status === 'reversal' ? 'warn' : 'bad'}`}>{String(names[`status_${bill.status}`])}</span>{' '}
              <Money value={bill.amount} unit />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
