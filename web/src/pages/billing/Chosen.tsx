import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, GoTo, Kwh, Money, useAct, useSay, useTexts, useWords } from '@/ui';

import { useTariffNames } from '../customers/words';
import { DECIDED, type Exception, type ExceptionDesk } from './desk';
import { SendBack, type SentBack } from './SendBack';
import { billingTexts } from './texts';

/** A decision that was just made. */
export type Made = { id: string; supplyNo: string; label: { zh: string; en: string } };

type Props = {
  exception: Exception | undefined;
  month: string;
  desk: ExceptionDesk;
  last: Made | undefined;
  onDecided: (made: Made, exception: Exception) => void;
  onUndone: (supplyNo: string) => void;
};

/** The chosen account in words, and what can be decided about it, each with a key. */
export function Chosen({ exception, month, desk, last, onDecided, onUndone }: Props): ReactNode {
  const rights = useRights();
  const mayDecide = rights.has('bill.decide');
  return (
    <>
      {mayDecide ? (
        <Decisions exception={exception} month={month} desk={desk} last={last} onDecided={onDecided} onUndone={onUndone} />
      ) : null}
      {exception === undefined ? null : <Facts exception={exception} month={month} />}
    </>
  );
}

function Facts({ exception, month }: { exception: Exception; month: string }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const tariffs = useTariffNames();
  const { supply_no, customer, findings, last, year_before: yearBefore, kwh, amount, tariff, category, because, decided } = exception;
  return (
    <div className="billing-shown" aria-live="polite">
      <div>
        <strong>{texts.chosen(supply_no)}</strong> {customer} <span className="tag">{words(category)}</span> {tariffs(tariff)}
        <ul>
          {findings.map(({ doubt, message }, at) => (
            <li key={`${doubt} ${at}`}>{words(message)}</li>
          ))}
        </ul>
        <p className="quiet">{words(because)}</p>
        {decided == null ? null : (
          <p className="quiet">
            {texts.decidedBy(words(decided.label), decided.reason_name == null ? decided.reason : words(decided.reason_name), decided.by)}
            {decided.note == null ? '' : ` · ${decided.note}`}
            {decided.covers ? '' : ` · ${texts.changedSince}`}
          </p>
        )}
      </div>
      <dl className="facts">
        <dt>{texts.now}</dt>
        <dd>
          <Kwh value={kwh ?? null} unit /> · <Money value={amount ?? null} unit />
        </dd>
        <dt>{last == null ? texts.last : `${texts.last} ${last.cycle}`}</dt>
        <dd>
          <Kwh value={last?.kwh ?? null} unit /> · <Money value={last?.amount ?? null} unit />
        </dd>
        <dt>{texts.yearBefore}</dt>
        <dd>
          <Kwh value={yearBefore?.kwh ?? null} unit /> · <Money value={yearBefore?.amount ?? null} unit />
        </dd>
      </dl>
      <div className="billing-links">
        <GoTo to="/customers/$supply_no" params={{ supply_no }}>
          {texts.toCustomer}
        </GoTo>
        <GoTo to="/billing" query={{ month, supply_no }}>
          {texts.single}
        </GoTo>
      </div>
    </div>
  );
}

function Decisions({ exception, month, desk, last, onDecided, onUndone }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const say = useSay();
  const [form, setForm] = useState<SentBack>();
  const decide = useAct(
    (wish: Schema<'ExceptionWish'>, header) =>
      api.POST('/api/billing-runs/{cycle}/exception-decisions', { params: { path: { cycle: month }, header }, body: wish }),
    {
      name: `decide-exception ${month}`,
      refresh: DECIDED,
      fields: ['reason', 'due_on', 'reader'],
      done: ({ id, label }, { supply_no }) => {
        setForm(undefined);
        if (exception !== undefined) {
          onDecided({ id, supplyNo: supply_no, label }, exception);
        }
      },
    },
  );
  const undo = useAct(
    ({ id }: { id: string; supplyNo: string }, header) =>
      api.POST('/api/exception-decisions/{id}/undoing', { params: { path: { id }, header }, body: {} }),
    {
      name: 'undo-exception-decision',
      refresh: DECIDED,
      done: (_, { supplyNo }) => {
        say.done(`${supplyNo} ${texts.undone}`);
        onUndone(supplyNo);
      },
    },
  );
  const own = exception?.decided;
  const standing = exception !== undefined && own != null ? { id: own.id, supplyNo: exception.supply_no } : last;
  const undoing =
    standing === undefined ? null : (
      <ActButton
        does={`${texts.undo} ${standing.supplyNo}`}
        keys="u"
        size="small"
        loading={undo.isRunning}
        onAct={() => undo.run({ id: standing.id, supplyNo: standing.supplyNo })}
      />
    );
  if (exception === undefined) {
    return undoing === null ? null : <div className="billing-decide">{undoing}</div>;
  }
  const { supply_no, seen, blocking } = exception;
  const notNow = blocking ? texts.notBlocked : undefined;
  const give = (decision: string, reason: string) => decide.run({ supply_no, seen, decision, reason, beyond_limit: false });
  const of = (decision: string) => desk.reasons.filter((reason) => reason.decision === decision);
  const button = (decision: string, code: string, does: string, keys: string) => (
    <ActButton key={`${decision} ${code}`} size="small" does={does} keys={keys} notNow={notNow} onAct={() => give(decision, code)} />
  );
  const withOwnKey = (decision: string, key: string, what: string) =>
    of(decision).map(({ code, name }, at) => button(decision, code, `${what}: ${words(name)}`, at === 0 ? key : `alt+${key}`));
  const labels = { hold: texts.hold, check: texts.fieldCheck };
  return (
    <div className="billing-decide">
      <div role="group" aria-label={texts.passes}>
        <strong>{texts.passes}</strong>
        {of('pass')
          .slice(0, 9)
          .map(({ code, name }, at) => button('pass', code, words(name), String(at + 1)))}
      </div>
      <div role="group" aria-label={texts.holds}>
        <strong>{texts.holds}</strong>
        {withOwnKey('hold', 'h', labels.hold).slice(0, 2)}
        {withOwnKey('field-check', 'f', labels.check).slice(0, 2)}
      </div>
      <div role="group" aria-label={texts.others}>
        <strong>{texts.others}</strong>
        <ActButton size="small" does={texts.reread} keys="r" onAct={() => setForm('re-read')} />
        <ActButton size="small" does={texts.estimate} keys="s" onAct={() => setForm('estimate')} />
        {undoing}
      </div>
      {form === undefined ? null : (
        <SendBack
          key={form}
          how={form}
          exception={exception}
          month={month}
          act={decide}
          onCancel={() => {
            decide.forget();
            setForm(undefined);
          }}
        />
      )}
    </div>
  );
}
