import { Button, Input, Radio } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { MoneyInput } from '@/forms/inputs';
import { Field, useAct, useSay, useTexts } from '@/ui';

import { cashierTexts } from './texts';

const FIELDS = ['supply_no', 'amount', 'method', 'instrument', 'reason'] as const;
const EMPTY: Schema<'Refund'> = { supply_no: '', amount: '', method: 'cash', instrument: null, reason: '' };

/** Money paid ahead goes back to the customer, when a second person says so. */
export function Refund(): ReactNode {
  const texts = useTexts(cashierTexts);
  const say = useSay();
  const [wish, setWish] = useState(EMPTY);
  const set = (change: Partial<Schema<'Refund'>>) => setWish({ ...wish, ...change });
  const asking = useAct((body: Schema<'Refund'>, header) => api.POST('/api/payment-requests', { params: { header }, body }), {
    name: 'ask refund',
    refresh: [['payment-requests']],
    fields: FIELDS,
    done: (request) => {
      setWish(EMPTY);
      say.done(texts.askedDone(request.request_no));
    },
  });
  return (
    <form
      className="panel decision-form across"
      aria-label={texts.refundTitle}
      onSubmit={(event) => {
        event.preventDefault();
        asking.run({ ...wish, instrument: wish.method === 'transfer' ? wish.instrument : null });
      }}
    >
      <h2>{texts.refundTitle}</h2>
      <Field label={texts.supplyNo} error={asking.at('supply_no')} required>
        <Input value={wish.supply_no} maxLength={16} inputMode="numeric" onChange={(event) => set({ supply_no: event.target.value.trim() })} />
      </Field>
      <Field label={texts.amount} error={asking.at('amount')} required>
        <MoneyInput value={wish.amount} onChange={(amount) => set({ amount })} />
      </Field>
      <Field label={texts.method} error={asking.at('method')}>
        <Radio.Group
          value={wish.method}
          options={[{ value: 'cash', label: texts.cash }, { value: 'transfer', label: texts.transfer }]}
          onChange={(event) => set({ method: String(event.target.value) })}
        />
      </Field>
      {wish.method !== 'transfer' ? null : (
        <Field label={texts.account} error={asking.at('instrument')} required>
          <Input value={wish.instrument ?? ''} maxLength={60} onChange={(event) => set({ instrument: event.target.value })} />
        </Field>
      )}
      <Field label={texts.reason} error={asking.at('reason')} hint={texts.refundAbout} required>
        <Input value={wish.reason} maxLength={200} onChange={(event) => set({ reason: event.target.value })} />
      </Field>
      <div className="row">
        <Button htmlType="submit" loading={asking.isRunning} disabled={wish.supply_no === '' || wish.amount === '' || wish.reason === ''}>
          {texts.refundAsk}
        </Button>
      </div>
    </form>
  );
}
