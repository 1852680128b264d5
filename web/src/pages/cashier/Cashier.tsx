import { Input, Select, type InputRef } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ActButton, Field, Money, PageHead, PageState, useAct, useAsk, useHotkeys, useQueryState, useTexts } from '@/ui';

import { Basket } from './Basket';
import { FindAccount } from './FindAccount';
import { METHODS, beside, changeOf, hasBank, hasNumber, type Method } from './money';
import { Paying } from './Paying';
import { Taken } from './Taken';
import { cashierTexts } from './texts';
import './cashier.css';

type Wish = Schema<'PaymentWish'>;
const FIELDS = ['amount', 'tendered', 'bank', 'instrument', 'method', 'prepay_to', 'supply_nos', 'digest', 'despite_debit'] as const;

/** Find, amount, receipt: one customer after the other, without a mouse. */
export default function Cashier(): ReactNode {
  const [turn, setTurn] = useState(0);
  return <Turn key={turn} turn={turn} onNext={() => setTurn(turn + 1)} />;
}

/** One customer at the counter. */
function Turn({ turn, onNext }: { turn: number; onNext: () => void }): ReactNode {
  const texts = useTexts(cashierTexts);
  const [basket, setBasket] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState<string | null>(null);
  const [method, setMethod] = useState<Method>('cash');
  const [tendered, setTendered] = useState('');
  const [bank, setBank] = useState('');
  const [instrument, setInstrument] = useState('');
  const [prepayTo, setPrepayTo] = useState<string | null>(null);
  const [despite, setDespite] = useState('');
  const [wasTried, setTried] = useState(false);
  const [taken, setTaken] = useState<Schema<'Payment'> | null>(null);
  const find = useRef<InputRef>(null);
  const amountField = useRef<InputRef>(null);
  const reason = useRef<InputRef>(null);

  const asked = useAsk(
    ['payment-quote', turn, ...basket],
    () => api.POST('/api/payments/quote', { body: { supply_nos: [...basket] } }),
    { when: basket.length > 0 && taken === null, keepOld: true },
  );
  const quote = basket.length === 0 ? undefined : asked.data;
  const amount = typed ?? quote?.total ?? '';
  const inFlight = (quote?.accounts ?? []).flatMap((account) => account.bills).filter((bill) => bill.collected_by != null);
  const against = quote === undefined ? null : beside(amount, quote.total);

  const acting = useAct(
    (wish: Wish, header) => api.POST('/api/payments', { params: { header }, body: wish }),
    { name: 'take payment', refresh: [['payments'], ['till']], fields: FIELDS, done: (payment) => setTaken(payment) },
  );

  // Refused for a debit in flight: what is missing is the reason.
  const notYet = acting.at('despite_debit');
  useEffect(() => {
    if (notYet !== undefined) {
      reason.current?.focus();
    }
  }, [notYet]);

  // Another page sends a customer here. Whoever has just paid is followed by him.
  const [query, changeQuery] = useQueryState();
  const sent = query['supply_no'];
  useEffect(() => {
    if (sent === undefined) {
      return;
    }
    if (taken === null) {
      add(sent);
      changeQuery({ supply_no: undefined });
    } else {
      onNext();
    }
  }, [sent]);
  const hasChanged = acting.problem?.code === 'payment.changed';
  const isUnknown = acting.problem?.isOpen === true;

  function add(supply_no: string): void {
    acting.forget();
    setBasket(basket.includes(supply_no) ? basket : [...basket, supply_no]);
    setTyped(null);
  }

  function remove(supply_no: string): void {
    setBasket(basket.filter((known) => known !== supply_no));
    setTyped(null);
    find.current?.focus();
  }

  function take(): void {
    setTried(true);
    if (quote === undefined || against === null || asked.isFetching) {
      amountField.current?.focus();
      return;
    }
    if (method === 'cash' && tendered !== '' && changeOf(amount, tendered) === null) {
      return;
    }
    acting.run({
      supply_nos: [...basket],
      digest: quote.digest,
      amount,
      method,
      tendered: method === 'cash' && tendered !== '' ? tendered : null,
      bank: hasBank(method) && bank !== '' ? bank : null,
      instrument: hasNumber(method) && instrument !== '' ? instrument : null,
      prepay_to: against.over === null ? null : prepayTo,
      despite_debit: inFlight.length === 0 || despite.trim() === '' ? null : despite.trim(),
    });
  }

  function lookAgain(): void {
    acting.forget();
    setTyped(null);
    void asked.refetch();
    amountField.current?.focus();
  }

  useHotkeys(texts.keys, [
    { keys: 'Escape', does: texts.next, run: onNext },
    { keys: 'alt+Backspace', does: texts.removeLast, run: () => basket.length > 0 && remove(basket[basket.length - 1] ?? ''), off: taken !== null },
    ...METHODS.map((word, index) => ({
      keys: `alt+${index + 1}`,
      does: texts[word],
      run: () => setMethod(word),
      off: taken !== null,
    })),
  ]);

  if (taken !== null) {
    return (
      <>
        <PageHead title={texts.title} />
        <Taken payment={taken} onNext={onNext} />
      </>
    );
  }
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <div className="workbench">
        <section className="panel" aria-label={texts.basket}>
          <FindAccount input={find} onFound={add} onDone={() => amountField.current?.select()} error={acting.at('supply_nos')} />
          {basket.length === 0 ? (
            <p className="quiet">{texts.empty}</p>
          ) : (
            <PageState of={asked}>{(quote) => <Basket quote={quote} onRemove={remove} />}</PageState>
          )}
          {inFlight.length === 0 ? null : (
            <div className="note warn">
              <p>{texts.inFlight(inFlight.map((bill) => bill.cycle ?? texts.opening).join('、'))}</p>
              <Field label={texts.despite} hint={texts.despiteHint} error={notYet}>
                <Input ref={reason} value={despite} maxLength={200} onChange={(event) => setDespite(event.target.value)} onPressEnter={take} />
              </Field>
            </div>
          )}
        </section>
        <section className="panel desk" aria-label={texts.method}>
          <p className="total" aria-live="polite">
            <span>
              {texts.total} {basket.length > 1 ? texts.accounts(basket.length) : ''}
            </span>
            <strong>{quote === undefined ? '—' : <Money value={quote.total} unit />}</strong>
          </p>
          {hasChanged ? (
            <div className="note bad" role="alert">
              <p>{texts.changed}</p>
              <ActButton does={texts.lookAgain} keys="alt+r" onAct={lookAgain} />
            </div>
          ) : null}
          {isUnknown ? <p className="note warn" role="alert">{texts.unknown}</p> : null}
          <Paying
            amountField={amountField}
            values={{ amount, method, tendered, bank, instrument }}
            set={{ amount: setTyped, method: setMethod, tendered: setTendered, bank: setBank, instrument: setInstrument }}
            errorAt={(field) => acting.at(field) ?? (field === 'amount' && wasTried && against === null ? texts.amountNeeded : undefined)}
            onTake={take}
            hint={against?.rest == null ? undefined : texts.less(against.rest)}
          />
          {against?.over == null ? null : (
            <div className="ahead">
              <Field label={texts.more(against.over)} error={acting.at('prepay_to')}>
                <Select
                  value={prepayTo ?? ''}
                  options={[{ value: '', label: texts.prepayNo }, ...basket.map((number) => ({ value: number, label: number }))]}
                  onChange={(value) => setPrepayTo(value === '' ? null : value)}
                />
              </Field>
              <ActButton does={texts.prepayFirst} keys="alt+y" onAct={() => setPrepayTo(basket[0] ?? null)} />
            </div>
          )}
          <ActButton
            type="primary"
            size="large"
            block
            does={texts.take}
            keys="ctrl+Enter"
            loading={acting.isRunning}
            notNow={basket.length === 0 ? texts.nothing : undefined}
            onAct={take}
          />
        </section>
      </div>
    </>
  );
}
