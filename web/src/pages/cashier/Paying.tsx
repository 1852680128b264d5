import { Input, Radio, type InputRef } from 'antd';
import { useRef, type KeyboardEvent, type ReactNode, type RefObject } from 'react';

import { MoneyInput } from '@/forms/inputs';
import { Field, Keys, Money, useTexts } from '@/ui';

import { METHODS, changeOf, hasBank, hasNumber, type Method } from './money';
import { cashierTexts } from './texts';

type Values = { amount: string; method: Method; tendered: string; bank: string; instrument: string };

type Props = {
  amountField: RefObject<InputRef | null>;
  values: Values;
  set: { [Key in keyof Values]: (value: Values[Key]) => void };
  errorAt: (field: string) => string | undefined;
  hint?: string | undefined;
  onTake: () => void;
};

/** Amount and method. Enter goes from field to field and takes the money on the last. */
export function Paying({ amountField, values, set, errorAt, hint, onTake }: Props): ReactNode {
  const texts = useTexts(cashierTexts);
  const fields = useRef<(InputRef | null)[]>([]);
  const { amount, method, tendered, bank, instrument } = values;
  const change = changeOf(amount, tendered);
  const isShort = method === 'cash' && tendered !== '' && change === null;

  /** Enter in the field before the one that stands at `next`. */
  function goOn(next: number) {
    return (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.ctrlKey) {
        return;
      }
      event.preventDefault();
      const field = fields.current.slice(next).find((one) => one !== null && one !== undefined);
      if (field === undefined || field === null) {
        onTake();
      } else {
        field.select();
      }
    };
  }
  const place = (at: number) => (field: InputRef | null) => {
    fields.current[at] = field;
  };

  return (
    <>
      <fieldset className="methods">
        <legend>{texts.method}</legend>
        <Radio.Group value={method} onChange={(event) => set.method(event.target.value as Method)}>
          {METHODS.map((word, index) => (
            <Radio.Button key={word} value={word}>
              {texts[word]} <Keys keys={`alt+${index + 1}`} />
            </Radio.Button>
          ))}
        </Radio.Group>
        {errorAt('method') === undefined ? null : <p className="note bad" role="alert">{errorAt('method')}</p>}
      </fieldset>
      <Field label={texts.amount} hint={hint ?? texts.amountHint} error={errorAt('amount')}>
        <MoneyInput ref={amountField} size="large" value={amount} onChange={set.amount} onKeyDown={goOn(0)} suffix={texts.yuan} />
      </Field>
      {method !== 'cash' ? null : (
        <>
          <Field label={texts.tendered} hint={texts.tenderedHint} error={errorAt('tendered') ?? (isShort ? texts.tenderedShort : undefined)}>
            <MoneyInput ref={place(0)} size="large" value={tendered} onChange={set.tendered} onKeyDown={goOn(1)} suffix={texts.yuan} />
          </Field>
          <p className="change" aria-live="polite">
            <span>{texts.change}</span>
            <strong>{change === null ? '—' : <Money value={change} unit />}</strong>
          </p>
        </>
      )}
      {!hasBank(method) ? null : (
        <Field label={texts.bank} error={errorAt('bank')} required>
          <Input ref={place(1)} value={bank} maxLength={60} onChange={(event) => set.bank(event.target.value)} onKeyDown={goOn(2)} />
        </Field>
      )}
      {!hasNumber(method) ? null : (
        <Field label={texts.instrument} error={errorAt('instrument')} required>
          <Input ref={place(2)} value={instrument} maxLength={60} onChange={(event) => set.instrument(event.target.value)} onKeyDown={goOn(3)} />
        </Field>
      )}
    </>
  );
}
