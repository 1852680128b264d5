import { Button, Input, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { Field, today, useAct, useSay, useTexts } from '@/ui';

import { BankField } from './banks';
import { debitTexts } from './texts';
import './debit.css';

type Wish = Schema<'MandateWish'>;
const FIELDS = ['supply_no', 'bank', 'agreement_no', 'holder', 'account_no', 'since', 'until'];

/** What a customer has signed, entered at the counter. */
export function MandateForm({ onEnd, supplyNo = '' }: { onEnd: () => void; supplyNo?: string }): ReactNode {
  const texts = useTexts(debitTexts);
  const say = useSay();
  const [wish, setWish] = useState<Wish>({ supply_no: supplyNo, bank: '', agreement_no: '', holder: '', account_no: '', since: today(), until: null });
  const change = (changed: Partial<Wish>) => setWish({ ...wish, ...changed });
  const sign = useAct((body: Wish, header) => api.POST('/api/mandates', { params: { header }, body }), {
    name: 'sign mandate',
    refresh: [['mandates']],
    fields: FIELDS,
    done: () => (say.done(texts.signed), onEnd()),
  });
  const text = (field: 'supply_no' | 'agreement_no' | 'holder' | 'account_no', label: string, width: number, hint?: string) => (
    <Field label={label} width={width} required error={sign.at(field)} hint={hint}>
      <Input
        value={wish[field]}
        autoFocus={field === 'supply_no'}
        autoComplete="off"
        maxLength={field === 'holder' ? 100 : 40}
        onChange={(event) => change({ [field]: event.target.value })}
      />
    </Field>
  );
  return (
    <form
      className="panel debit-form"
      aria-label={texts.add}
      onKeyDown={(event) => event.key === 'Escape' && onEnd()}
      onSubmit={(event) => {
        event.preventDefault();
        sign.run(wish);
      }}
    >
      <div className="row">
        {text('supply_no', texts.supplyNo, 170)}
        <BankField must value={wish.bank === '' ? undefined : wish.bank} onGiven={(bank) => change({ bank: bank ?? '' })} error={sign.at('bank')} />
        {text('agreement_no', texts.agreement, 180)}
        {text('holder', texts.holder, 160)}
        {text('account_no', texts.account, 240, texts.accountHint)}
        <Field label={texts.since} required error={sign.at('since')}>
          <DayInput value={wish.since} allowClear={false} onChange={(since) => change({ since: since ?? today() })} />
        </Field>
        <Field label={texts.until} hint={texts.untilHint} error={sign.at('until')}>
          <DayInput value={wish.until ?? null} onChange={(until) => change({ until })} />
        </Field>
      </div>
      <Space>
        <Button type="primary" htmlType="submit" loading={sign.isRunning}>
          {texts.save}
        </Button>
        <Button onClick={onEnd}>{texts.cancel}</Button>
      </Space>
    </form>
  );
}
