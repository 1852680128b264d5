import { Button, Checkbox, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Field, PageState, today, useAsk, useTexts, useWords, type Acting } from '@/ui';

import { dayAfter } from '../reading/deciding';
import { useRegisterWord } from '../reading/work';
import type { Exception } from './desk';
import { billingTexts } from './texts';

export type SentBack = 're-read' | 'estimate';

type Register = Schema<'ExceptionRegister'>;

type Props = {
  how: SentBack;
  exception: Exception;
  month: string;
  act: Acting<Schema<'ExceptionWish'>>;
  onCancel: () => void;
};

/** The account's registers are read again or estimated: a reason stands there, Enter gives it, Escape leaves. */
export function SendBack({ how, exception, month, act, onCancel }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const rights = useRights();
  const { supply_no, seen } = exception;
  const [reason, setReason] = useState(how === 're-read' ? texts.rereadReasons : texts.estimateReasons);
  const [dueOn, setDueOn] = useState<string | null>(dayAfter(today(), 2));
  const [reader, setReader] = useState('');
  const [beyond, setBeyond] = useState(false);
  const registers = useAsk(['billing', 'registers', month, supply_no, seen], () =>
    api.GET('/api/billing-runs/{cycle}/exceptions/{supply_no}/registers', { params: { path: { cycle: month, supply_no } } }),
  );
  const give = () => {
    if (reason.trim() === '' || registers.data === undefined || registers.data.length === 0) {
      return;
    }
    const wish = { supply_no, seen, decision: how, reason: reason.trim(), beyond_limit: beyond };
    act.run(how === 'estimate' ? wish : { ...wish, due_on: dueOn, ...(reader.trim() === '' ? {} : { reader: reader.trim() }) });
  };
  return (
    <form
      className="billing-send"
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onCancel();
        }
      }}
    >
      <Field label={texts.why} required error={act.at('reason')}>
        <Input value={reason} autoFocus maxLength={200} onFocus={(event) => event.target.select()} onChange={(event) => setReason(event.target.value)} />
      </Field>
      {how === 'estimate' ? null : (
        <>
          <Field label={texts.rereadBy} required error={act.at('due_on')}>
            <DayInput value={dueOn} onChange={setDueOn} allowClear={false} />
          </Field>
          <Field label={texts.reader} error={act.at('reader')}>
            <Input value={reader} maxLength={40} onChange={(event) => setReader(event.target.value)} />
          </Field>
        </>
      )}
      <div className="row">
        <Button htmlType="submit" type="primary" loading={act.isRunning} disabled={registers.data?.length === 0}>
          {how === 'estimate' ? texts.estimate : texts.reread}
        </Button>
        <Button onClick={onCancel}>{texts.cancel}</Button>
      </div>
      <PageState of={registers} isEmpty={(rows) => rows.length === 0} empty={texts.noRegisters}>
        {(rows) =>
          how === 'estimate' ? (
            <Estimates rows={rows} mayGoBeyond={rights.has('reading.over-limit')} beyond={beyond} onBeyond={setBeyond} />
          ) : (
            <p className="quiet">
              {rows.map((row) => (
                <Place key={`${row.meter_no} ${row.register}`} row={row} />
              ))}
            </p>
          )
        }
      </PageState>
    </form>
  );
}

function Place({ row }: { row: Register }): ReactNode {
  const register = useRegisterWord();
  return (
    <span className="tag">
      {row.meter_no} {register(row.register)} {row.read_on}
    </span>
  );
}

/** What the registers would show; nothing is kept before the reason is given. */
function Estimates({ rows, mayGoBeyond, beyond, onBeyond }: { rows: Register[]; mayGoBeyond: boolean; beyond: boolean; onBeyond: (beyond: boolean) => void }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const register = useRegisterWord();
  const found = useAsk(['estimate', 'exception', rows], async () => ({
    data: await Promise.all(rows.map((row) => ask(api.GET('/api/meters/{meter_no}/readings/{read_on}/{register}/estimate', { params: { path: row } })))),
    response: new Response(),
  }));
  return (
    <PageState of={found}>
      {(estimates) => {
        const most = Math.max(0, ...estimates.map(({ in_a_row }) => in_a_row));
        const limit = estimates[0]?.limit ?? 0;
        return (
          <>
            {estimates.map(({ label, use_kwh, value }, at) => {
              const row = rows[at];
              return row === undefined ? null : (
                <p key={`${row.meter_no} ${row.register}`} className="note">
                  {texts.rowEstimate(`${row.meter_no} ${register(row.register)} ${row.read_on}`, words(label), use_kwh, value)}
                </p>
              );
            })}
            <p className={most >= limit ? 'note warn' : 'quiet'}>{texts.inARow(most, limit)}</p>
            {most >= limit && mayGoBeyond ? (
              <Checkbox checked={beyond} onChange={(event) => onBeyond(event.target.checked)}>
                {texts.beyond}
              </Checkbox>
            ) : null}
          </>
        );
      }}
    </PageState>
  );
}
