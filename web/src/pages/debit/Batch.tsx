import { Button, Checkbox, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Field, GoTo, Instant, Money, PageHead, PageState, useAct, useAsk, usePages, usePart, useQueryState, useSay, useTexts } from '@/ui';

import { useSave } from '../money/save';
import { given, useBanks } from './banks';
import { BatchState, useStateNames } from './states';
import { debitTexts } from './texts';
import './debit.css';

type Shown = Schema<'DebitBatch'>;
type Line = Schema<'DebitLine'>;

/** A batch: its lines by state, its file, what the bank answered, and the ways back. */
export default function Batch(): ReactNode {
  const texts = useTexts(debitTexts);
  const batch_no = usePart('batch_no');
  const { nameOf } = useBanks();
  const batch = useAsk(['debit-batch', batch_no], () => api.GET('/api/debit-batches/{batch_no}', { params: { path: { batch_no } } }), { everyMs: 15_000, keepOld: true });
  return (
    <>
      <PageHead title={texts.batch(batch_no)} about={batch.data === undefined ? undefined : nameOf(batch.data.bank)}>
        <GoTo to="/debit">{texts.batches}</GoTo>
      </PageHead>
      <PageState of={batch}>{(batch) => <Whole batch={batch} />}</PageState>
    </>
  );
}

function Whole({ batch }: { batch: Shown }): ReactNode {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  return (
    <>
      <Facts batch={batch} />
      <Acts batch={batch} chosen={chosen} onDone={() => setChosen([])} />
      {batch.failures.length === 0 ? null : <Failures batch={batch} />}
      <Lines batch={batch} chosen={chosen} onChosen={setChosen} />
    </>
  );
}

function Facts({ batch }: { batch: Shown }): ReactNode {
  const texts = useTexts(debitTexts);
  const names = useStateNames();
  return (
    <section className="panel">
      <p>
        <BatchState state={batch.state} /> {texts.collectOn} <Day value={batch.collect_on} /> · {texts.dueUntil} <Day value={batch.due_until} /> ·{' '}
        {batch.station ?? texts.bureau}
        {batch.book == null ? null : ` · ${batch.book}`}
      </p>
      <p>
        {texts.count} <b className="figure">{batch.count}</b> · {texts.amount} <Money value={batch.amount} strong unit /> · {texts.collected}{' '}
        <Money value={batch.collected} strong unit />
      </p>
      <ul className="plain-list" aria-label={texts.state}>
        {batch.tallies.map((tally) => (
          <li key={tally.state}>
            {names(tally.state)} <span className="figure">{tally.count}</span> · <Money value={tally.amount} unit />
          </li>
        ))}
      </ul>
      <p className="quiet">
        {texts.madeBy} {batch.made_by} <Instant value={batch.made_at} />
        {batch.sent_at == null ? null : (
          <>
            {' '}
            · {texts.sentBy} {batch.sent_by} <Instant value={batch.sent_at} /> · {texts.digest} <code>{batch.digest?.slice(0, 16)}…</code>
          </>
        )}
        {batch.ended_at == null ? null : (
          <>
            {' '}
            · {batch.ended_by} <Instant value={batch.ended_at} /> {batch.reason}
          </>
        )}
      </p>
    </section>
  );
}

function Acts({ batch, chosen, onDone }: { batch: Shown; chosen: readonly string[]; onDone: () => void }): ReactNode {
  const texts = useTexts(debitTexts);
  const rights = useRights();
  const say = useSay();
  const save = useSave();
  const [doing, setDoing] = useState<'send' | 'withdraw' | 'withdraw-all' | 'give-up'>();
  const { batch_no, bank, state } = batch;
  const path = { batch_no };
  const refresh = [['debit-batch', batch_no], ['debit-lines', batch_no], ['debit-batches']];
  const over = () => setDoing(undefined);
  const download = () => save(`/api/debit-batches/${batch_no}/file`, `debit-${bank}-${batch_no}.csv`);
  const send = useAct((_: object, header) => api.POST('/api/debit-batches/{batch_no}/sending', { params: { path, header }, body: { remark: null } }), {
    name: `send ${batch_no}`,
    refresh,
    done: (sent) => {
      over();
      if (sent.state === 'sent') {
        download();
        say.done(texts.sentDone);
      }
    },
  });
  const withdraw = useAct(
    (body: Schema<'DebitWithdrawal'>, header) => api.POST('/api/debit-batches/{batch_no}/withdrawal', { params: { path, header }, body }),
    { name: `withdraw ${batch_no}`, refresh, fields: ['reason'], done: () => (say.done(texts.withdrawnDone), over(), onDone()) },
  );
  const giveUp = useAct((reason: string, header) => api.POST('/api/debit-batches/{batch_no}/giving-up', { params: { path, header }, body: { reason } }), {
    name: `give up ${batch_no}`,
    refresh,
    fields: ['reason'],
    done: () => (say.done(texts.givenUpDone), over()),
  });
  const isMade = state === 'made';
  const awaits = state === 'sent' || state === 'partly';
  const isOut = !isMade && state !== 'withdrawn';
  if (doing === 'send') {
    return (
      <section className="panel">
        <p>{texts.sendAsk}</p>
        <Space>
          <Button type="primary" autoFocus loading={send.isRunning} onClick={() => send.run({})}>
            {texts.sendNow}
          </Button>
          <Button onClick={over}>{texts.cancel}</Button>
        </Space>
      </section>
    );
  }
  if (doing !== undefined) {
    const isGivingUp = doing === 'give-up';
    return (
      <section className="panel">
        {isGivingUp ? <p>{texts.giveUpHint}</p> : null}
        <ReasonField
          act={isGivingUp ? texts.giveUp : doing === 'withdraw' ? texts.withdraw : texts.withdrawAll}
          least={2}
          danger
          onGiven={(reason) => (isGivingUp ? giveUp.run(reason) : withdraw.run({ lines: doing === 'withdraw' ? [...chosen] : null, reason }))}
          onCancel={over}
          isRunning={giveUp.isRunning || withdraw.isRunning}
          error={giveUp.at('reason') ?? withdraw.at('reason')}
        />
      </section>
    );
  }
  return (
    <div className="row debit-acts">
      {isMade && rights.has('debit.download') ? <ActButton does={texts.send} keys="ctrl+Enter" type="primary" onAct={() => setDoing('send')} /> : null}
      {isMade && rights.has('debit.make') ? (
        <>
          <ActButton does={texts.withdraw} notNow={chosen.length === 0 ? texts.chooseFirst : undefined} onAct={() => setDoing('withdraw')} />
          <Button onClick={() => setDoing('withdraw-all')}>{texts.withdrawAll}</Button>
        </>
      ) : null}
      {isOut && rights.has('debit.download') ? <Button onClick={download}>{texts.download}</Button> : null}
      {isOut && rights.has('debit.import') ? <GoTo to="/imports" query={{ kind: 'debit-results' }}>{texts.importResult}</GoTo> : null}
      {awaits && rights.has('debit.give-up') ? <Button danger onClick={() => setDoing('give-up')}>{texts.giveUp}</Button> : null}
    </div>
  );
}

function Failures({ batch }: { batch: Shown }): ReactNode {
  const texts = useTexts(debitTexts);
  const { banks, meaningOf } = useBanks();
  const [, setQuery] = useQueryState();
  const again = (code: string) => banks.find(({ code }) => code === batch.bank)?.codes.find((known) => known.code === code)?.again ?? false;
  return (
    <section className="panel">
      <h2>{texts.failures}</h2>
      <DataTable
        label={texts.failures}
        rows={batch.failures}
        rowKey={(row) => row.code}
        onOpen={(row) => setQuery({ state: 'failed', code: row.code })}
        columns={[
          { key: 'code', title: texts.result, show: (row) => meaningOf(batch.bank, row.code) },
          { key: 'count', title: texts.count, show: (row) => <span className="figure">{row.count}</span>, align: 'right' },
          { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} />, align: 'right' },
          { key: 'again', title: texts.again, show: (row) => (again(row.code) ? texts.yes : texts.notAgain) },
        ]}
      />
    </section>
  );
}

function Lines({ batch, chosen, onChosen }: { batch: Shown; chosen: readonly string[]; onChosen: (lines: readonly string[]) => void }): ReactNode {
  const texts = useTexts(debitTexts);
  const names = useStateNames();
  const { meaningOf } = useBanks();
  const [query, setQuery] = useQueryState();
  const { batch_no, bank } = batch;
  const filter = given({ state: query['state'], code: query['code'] });
  const list = usePages(['debit-lines', batch_no, filter, batch.collected, batch.state], (after) =>
    api.GET('/api/debit-batches/{batch_no}/lines', { params: { path: { batch_no }, query: { ...filter, limit: 100, ...given({ after }) } } }),
  );
  const mayChoose = batch.state === 'made';
  const toggle = (line: string) => onChosen(chosen.includes(line) ? chosen.filter((known) => known !== line) : [...chosen, line]);
  return (
    <section className="panel">
      <header>
        <h2>{texts.lines}</h2>
        <Field label={texts.state} inline>
          <Select
            value={query['state'] ?? ''}
            style={{ width: 130 }}
            onChange={(state: string) => setQuery({ state: state === '' ? undefined : state, code: undefined })}
            options={[{ value: '', label: texts.allLines }, ...batch.tallies.map(({ state }) => ({ value: state, label: names(state) }))]}
          />
        </Field>
        {query['code'] === undefined ? null : (
          <Button size="small" onClick={() => setQuery({ code: undefined })}>
            {meaningOf(bank, query['code'])} ×
          </Button>
        )}
      </header>
      <DataTable<Line>
        label={texts.lines}
        rows={list}
        rowKey={(row) => row.line_no}
        empty={texts.noLines}
        height={420}
        {...(mayChoose ? { onOpen: (row: Line) => row.state === 'waiting' && toggle(row.line_no) } : {})}
        columns={[
          ...(mayChoose
            ? [
                {
                  key: 'chosen',
                  title: '',
                  width: 36,
                  show: (row: Line) =>
                    row.state === 'waiting' ? (
                      <Checkbox checked={chosen.includes(row.line_no)} aria-label={`${texts.choose} ${row.line_no}`} onClick={(event) => event.stopPropagation()} onChange={() => toggle(row.line_no)} />
                    ) : null,
                },
              ]
            : []),
          { key: 'no', title: texts.lineNo, show: (row) => <span className="figure">{row.line_no}</span>, minor: true },
          { key: 'supply', title: texts.supplyNo, show: (row) => <GoTo to="/customers/$supply_no" params={{ supply_no: row.supply_no }}>{row.supply_no}</GoTo> },
          { key: 'name', title: texts.name, show: (row) => row.name },
          { key: 'account', title: texts.account, show: (row) => <span className="figure">{row.account_no}</span> },
          { key: 'month', title: texts.month, show: (row) => row.month ?? texts.opening },
          { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} />, align: 'right' },
          { key: 'collected', title: texts.collected, show: (row) => (row.state === 'collected' ? <Money value={row.collected} strong /> : null), align: 'right' },
          { key: 'state', title: texts.state, show: (row) => <BatchState state={row.state} /> },
          { key: 'result', title: texts.result, show: (row) => (row.result_code == null ? (row.remark ?? '') : meaningOf(bank, row.result_code)) },
          { key: 'receipt', title: texts.receipt, show: (row) => row.receipt_no ?? '', minor: true },
        ]}
      />
    </section>
  );
}
