import { Button, Input, type InputRef } from 'antd';
import { useRef, useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { FigureInput, MoneyInput } from '@/forms/inputs';
import { ActButton, DataTable, Field, Money, PageHead, PageState, fenOf, useAct, useAsk, useSay, useTexts, yuanOf } from '@/ui';

import './closing.css';
import { Differences } from './Differences';
import { methodName } from './names';
import { closingTexts } from './texts';

type TillRow = Schema<'TillRow'>;

const PIECES = ['100', '50', '20', '10', '5', '1', '0.5', '0.1'];
const PAPERS = ['pos', 'cheque', 'voucher'] as const;

/** The cashier's own till: counted without knowing what the books expect, then handed over and closed. */
export default function Till(): ReactNode {
  const texts = useTexts(closingTexts);
  const own = useAsk(['till'], () => api.GET('/api/till'));
  return (
    <>
      <PageHead title={texts.till} about={own.data === undefined ? undefined : texts.tillAbout(own.data.day)} />
      <PageState of={own}>
        {({ till }) => (till == null ? <Opening /> : <Open till={till} />)}
      </PageState>
      <Differences title={texts.ownDifferences} query={{ open: true }} />
    </>
  );
}

function Opening(): ReactNode {
  const texts = useTexts(closingTexts);
  const say = useSay();
  const [change, setChange] = useState('0.00');
  const open = useAct((change: string, header) => api.POST('/api/till', { params: { header }, body: { change } }), {
    name: 'open till',
    refresh: [['till']],
    fields: ['change'],
    done: () => say.done(texts.opened),
  });
  return (
    <form
      className="panel till-form"
      onSubmit={(event) => {
        event.preventDefault();
        open.run(change);
      }}
    >
      <p>{texts.notOpened}</p>
      <Field label={texts.change} error={open.at('change')} width={200}>
        <MoneyInput value={change} onChange={setChange} autoFocus />
      </Field>
      <Button htmlType="submit" type="primary" loading={open.isRunning}>
        {texts.open}
      </Button>
    </form>
  );
}

function Open({ till }: { till: TillRow }): ReactNode {
  const texts = useTexts(closingTexts);
  const last = till.counts.at(-1);
  const isClosed = till.state === 'closed';
  return (
    <div className="till-columns">
      {isClosed ? (
        <div className="panel">
          <h2>{texts.closedDone}</h2>
          <p>{texts.closedAlready}</p>
          <dl className="facts">
            <dt>{texts.handed}</dt>
            <dd>
              <Money value={till.closes.at(-1)?.handed} unit strong />
            </dd>
            <dt>{texts.slip}</dt>
            <dd>{till.closes.at(-1)?.slip_no ?? '—'}</dd>
          </dl>
        </div>
      ) : (
        <Counting key={till.counts.length} till={till} />
      )}
      {last === undefined ? null : (
        <div className="panel">
          <h2>{texts.countNo(last.no)}</h2>
          <DataTable
            label={texts.countNo(last.no)}
            rows={last.compared}
            rowKey={(row) => row.method}
            columns={[
              { key: 'method', title: texts.method, show: (row) => methodName(row.method, texts) },
              { key: 'expected', title: texts.expected, show: (row) => <Money value={row.expected.amount} />, align: 'right' },
              { key: 'found', title: texts.found, show: (row) => <Money value={row.found.amount} />, align: 'right' },
              { key: 'difference', title: texts.difference, show: (row) => <Money value={row.difference} strong />, align: 'right' },
              {
                key: 'agrees',
                title: texts.state,
                show: (row) => <span className={`tag ${row.agrees ? 'good' : 'bad'}`}>{row.agrees ? texts.agrees : texts.differs}</span>,
              },
            ]}
          />
          {isClosed ? null : last.stands ? <Close till={till} due={last.to_hand_over} /> : <p role="alert">{texts.stale}</p>}
        </div>
      )}
    </div>
  );
}

/** Enter goes from field to field, and puts the count on record in the last one. */
function Counting({ till }: { till: TillRow }): ReactNode {
  const texts = useTexts(closingTexts);
  const say = useSay();
  const form = useRef<HTMLFormElement>(null);
  const [pieces, setPieces] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState('');
  const [papers, setPapers] = useState<Record<string, { count: string; amount: string }>>({});
  const counted = PIECES.filter((piece) => (pieces[piece] ?? '') !== '');
  const sum = yuanOf(counted.reduce((fen, piece) => fen + (fenOf(piece) ?? 0n) * BigInt(pieces[piece] ?? '0'), 0n));
  const cash = counted.length > 0 ? sum : typed;
  const count = useAct(
    (body: Schema<'CountWish'>, header) => api.POST('/api/tills/{id}/counts', { params: { path: { id: till.id }, header }, body }),
    {
      name: `count ${till.id} ${till.counts.length}`,
      refresh: [['till'], ['differences']],
      fields: ['cash', 'pieces', ...PAPERS],
      done: () => say.done(texts.counted),
    },
  );

  function submit(): void {
    const given = PAPERS.map((method) => ({ method, ...(papers[method] ?? { count: '', amount: '' }) })).filter(
      ({ count, amount }) => count !== '' || amount !== '',
    );
    count.run({
      cash: cash === '' ? '0' : cash,
      pieces: Object.fromEntries(counted.map((piece) => [piece, Number.parseInt(pieces[piece] ?? '0', 10)])),
      papers: given.map(({ method, count, amount }) => ({
        method,
        count: Number.parseInt(count === '' ? '0' : count, 10),
        amount: amount === '' ? '0' : amount,
      })),
    });
  }

  return (
    <form
      ref={form}
      className="panel till-form"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = Array.from(form.current?.querySelectorAll('input:not([readonly])') ?? []);
        const at = fields.indexOf(document.activeElement as Element);
        const next = fields[at + 1];
        if (at >= 0 && next instanceof HTMLInputElement) {
          next.focus();
          next.select();
        } else {
          submit();
        }
      }}
    >
      <h2>{texts.countTitle}</h2>
      <div className="pieces">
        {PIECES.map((piece, at) => (
          <Field key={piece} label={texts.piece(piece)} error={at === 0 ? count.at('pieces') : undefined}>
            <FigureInput
              decimals={0}
              autoFocus={at === 0}
              value={pieces[piece] ?? ''}
              onChange={(value) => setPieces({ ...pieces, [piece]: value })}
            />
          </Field>
        ))}
      </div>
      <Field label={texts.cash} hint={texts.cashHint} error={count.at('cash')} width={220}>
        {counted.length > 0 ? <Input readOnly className="figure" value={sum} /> : <MoneyInput value={typed} onChange={setTyped} />}
      </Field>
      {PAPERS.map((method) => {
        const given = papers[method] ?? { count: '', amount: '' };
        const put = (change: Partial<typeof given>) => setPapers({ ...papers, [method]: { ...given, ...change } });
        return (
          <div key={method} className="papers">
            <Field label={`${methodName(method, texts)} · ${texts.paperCount}`} error={count.at(method)}>
              <FigureInput decimals={0} value={given.count} onChange={(value) => put({ count: value })} />
            </Field>
            <Field label={`${methodName(method, texts)} · ${texts.paperAmount}`}>
              <MoneyInput value={given.amount} onChange={(value) => put({ amount: value })} />
            </Field>
          </div>
        );
      })}
      <ActButton does={texts.submitCount} keys="ctrl+Enter" type="primary" onAct={submit} loading={count.isRunning} />
      <button type="submit" className="unseen" tabIndex={-1} aria-hidden="true" />
    </form>
  );
}

function Close({ till, due }: { till: TillRow; due: string | null | undefined }): ReactNode {
  const texts = useTexts(closingTexts);
  const say = useSay();
  const slip = useRef<InputRef>(null);
  const [slipNo, setSlipNo] = useState('');
  const close = useAct(
    (body: Schema<'CloseWish'>, header) => api.POST('/api/tills/{id}/close', { params: { path: { id: till.id }, header }, body }),
    { name: `close ${till.id}`, refresh: [['till'], ['differences']], fields: ['slip_no', 'handed'], done: () => say.done(texts.closedDone) },
  );
  if (due == null) {
    return <p role="alert">{texts.changeShort}</p>;
  }
  return (
    <form
      className="till-form"
      onSubmit={(event) => {
        event.preventDefault();
        close.run({ handed: due, slip_no: slipNo === '' ? null : slipNo });
      }}
    >
      <h2>{texts.closeTitle}</h2>
      <p>
        {texts.handOver} <Money value={due} unit strong />
      </p>
      <Field label={texts.slip} error={close.at('slip_no') ?? close.at('handed')} required={due !== '0.00'} width={260}>
        <Input ref={slip} value={slipNo} maxLength={40} autoFocus onChange={(event) => setSlipNo(event.target.value)} />
      </Field>
      <Button htmlType="submit" type="primary" loading={close.isRunning}>
        {texts.close}
      </Button>
    </form>
  );
}
