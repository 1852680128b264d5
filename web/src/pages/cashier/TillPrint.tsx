import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { ActButton, Field, useAct, useSay, useTexts } from '@/ui';

import { cashierTexts } from './texts';

/** A printer stands beside a counter, not with a person: the browser remembers it. */
const KEPT = 'gridhall.printer';

/** The slip on the counter's own printer; from the second print on with a reason. */
export function TillPrint({ receiptNo, prints }: { receiptNo: string; prints: number }): ReactNode {
  const texts = useTexts(cashierTexts);
  const say = useSay();
  const [printer, setPrinter] = useState(() => localStorage.getItem(KEPT) ?? '');
  const [count, setCount] = useState(prints);
  const [asked, setAsked] = useState<'printer' | 'reason'>();
  const print = useAct(
    (wish: { printer: string; reason: string | null }, header) =>
      api.POST('/api/payments/{receipt_no}/print', {
        params: { path: { receipt_no: receiptNo }, query: { printer: wish.printer }, header },
        body: { reason: wish.reason },
      }),
    {
      name: `print ${receiptNo} ${count}`,
      refresh: [['payments']],
      fields: ['printer', 'reason'],
      done: (_, wish) => {
        setCount(count + 1);
        setAsked(undefined);
        say.done(texts.printed(wish.printer));
      },
    },
  );
  const wrong = print.at('printer');

  function begin(on: string): void {
    if (on === '') {
      setAsked('printer');
    } else if (count > 0) {
      setAsked('reason');
    } else {
      print.run({ printer: on, reason: null });
    }
  }

  function leave(): void {
    print.forget();
    setAsked(undefined);
  }

  return (
    <>
      <ActButton does={texts.print} keys="alt+s" loading={print.isRunning} onAct={() => begin(printer)} />
      {printer === '' || asked === 'printer' ? null : (
        <button type="button" className="quiet-button" onClick={() => setAsked('printer')}>
          {texts.onPrinter(printer)}
        </button>
      )}
      {asked === 'printer' || wrong !== undefined ? (
        <PrinterForm
          printer={printer}
          error={wrong}
          onGiven={(given) => {
            localStorage.setItem(KEPT, given);
            setPrinter(given);
            leave();
            begin(given);
          }}
          onCancel={leave}
        />
      ) : asked === 'reason' ? (
        <ReasonField
          act={texts.printAgain}
          least={2}
          usual={[texts.printUsual1, texts.printUsual2]}
          isRunning={print.isRunning}
          error={print.at('reason')}
          onGiven={(reason) => print.run({ printer, reason })}
          onCancel={leave}
        />
      ) : null}
    </>
  );
}

function PrinterForm({ printer, error, onGiven, onCancel }: { printer: string; error: string | undefined; onGiven: (printer: string) => void; onCancel: () => void }): ReactNode {
  const texts = useTexts(cashierTexts);
  const [name, setName] = useState(printer);
  const told = name.trim();
  return (
    <form
      className="reason"
      onSubmit={(event) => {
        event.preventDefault();
        if (told !== '') {
          onGiven(told);
        }
      }}
    >
      <Field label={texts.printer} hint={texts.printerHint} error={error} required>
        <Input
          value={name}
          autoFocus
          maxLength={60}
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              event.stopPropagation();
              onCancel();
            }
          }}
        />
      </Field>
      <div className="row">
        <Button htmlType="submit" type="primary" disabled={told === ''}>
          {texts.print}
        </Button>
        <Button onClick={onCancel}>{texts.cancel}</Button>
      </div>
    </form>
  );
}
