import { useEffect, useRef, type ReactNode } from 'react';

import { api, askFile, type Schema } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useRights } from '@/shell/session';
import { ActButton, Money, useAsk, useLanguage, useSay, useTexts } from '@/ui';

import type { Word } from './money';
import { cashierTexts } from './texts';
import { TillPrint } from './TillPrint';

/** The money is on record: number, change, receipt, and the next customer. */
export function Taken({ payment, onNext }: { payment: Schema<'Payment'>; onNext: () => void }): ReactNode {
  const texts = useTexts(cashierTexts);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    panel.current?.focus();
  }, []);
  const receipt = useAsk(['receipt', payment.receipt_no], () =>
    api.GET('/api/payments/{receipt_no}/receipt', { params: { path: { receipt_no: payment.receipt_no } } }),
  );
  return (
    <section className="panel taken" ref={panel} tabIndex={-1} aria-label={texts.taken}>
      <header>
        <h2 role="status">
          {texts.taken} · {texts[payment.method as Word]}
        </h2>
      </header>
      <div className="taken-figures">
        <p>
          <span>{texts.amount}</span>
          <strong><Money value={payment.amount} unit /></strong>
        </p>
        {payment.change == null ? null : (
          <p className="give">
            <span>{texts.change}</span>
            <strong><Money value={payment.change} unit /></strong>
          </p>
        )}
      </div>
      <dl className="facts">
        <dt>{texts.receipt}</dt>
        <dd className="figure">{payment.receipt_no}</dd>
        <dt>{texts.capitals}</dt>
        <dd>{receipt.data?.in_capitals ?? '—'}</dd>
        {receipt.data?.prepaid.map((account) => (
          <Prepaid key={account.supply_no} of={account} label={texts.prepaid} />
        ))}
      </dl>
      <Shares of={payment.shares} />
      <div className="row">
        <ActButton type="primary" size="large" does={texts.next} keys="Enter" onAct={onNext} />
        <Papers payment={payment} />
      </div>
    </section>
  );
}

function Prepaid({ of, label }: { of: Schema<'AccountPrepaid'>; label: string }): ReactNode {
  return (
    <>
      <dt>
        {label} <span className="figure">{of.supply_no}</span>
      </dt>
      <dd><Money value={of.prepaid} unit /></dd>
    </>
  );
}

/** What a payment was for. */
export function Shares({ of }: { of: readonly Schema<'PaymentShare'>[] }): ReactNode {
  const texts = useTexts(cashierTexts);
  return (
    <div className="table-frame">
      <table className="data-table" aria-label={texts.shares}>
        <thead>
          <tr>
            <th scope="col">{texts.who}</th>
            <th scope="col">{texts.kind}</th>
            <th scope="col">{texts.cycle}</th>
            <th scope="col" className="right">{texts.amount}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((share, index) => (
            <tr key={`${share.supply_no} ${index}`}>
              <td>
                {share.name} <span className="figure">{share.supply_no}</span>
              </td>
              <td>{texts[share.purpose as Word]}</td>
              <td>{share.cycle ?? (share.purpose === 'prepayment' ? '' : texts.opening)}</td>
              <td className="right"><Money value={share.amount} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The papers of a payment. They open in a window of their own, so that the counter stays as it is. */
export function Papers({ payment }: { payment: Schema<'Payment'> }): ReactNode {
  const receiptNo = payment.receipt_no;
  const rights = useRights();
  const texts = useTexts(cashierTexts);
  const language = useLanguage();
  const say = useSay();

  async function open(path: string, name?: string): Promise<void> {
    try {
      const url = URL.createObjectURL(await askFile(path));
      if (name === undefined) {
        window.open(url, '_blank');
      } else {
        const link = document.createElement('a');
        link.href = url;
        link.download = name;
        link.click();
      }
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      say.problem(asProblem(error));
    }
  }

  return (
    <>
      <ActButton does={texts.pdf} keys="alt+p" onAct={() => void open(`/api/payments/${receiptNo}/receipt.pdf?language=${language}`)} />
      <ActButton type="text" does={texts.bytes} onAct={() => void open(`/api/payments/${receiptNo}/receipt.escpos`, `${receiptNo}.escpos`)} />
      {rights.has('payment.take') ? <TillPrint receiptNo={receiptNo} prints={payment.prints} /> : null}
    </>
  );
}
