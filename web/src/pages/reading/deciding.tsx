import { Button, Checkbox, Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { DayInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Field, PageState, today, useAct, useAsk, useLanguage, useSay, useTexts, useWords } from '@/ui';

import { readingTexts, usualReasons } from './texts';

export type Decision = 'accept' | 'correct' | 'estimate' | 're-read';
type Wish = Schema<'DecisionWish'>;
type Made = Schema<'ReviewDecision'>;

/** What a decision is about. */
export type Place = { meter_no: string; register: string; read_on: string };

/** What every list of the workbench asks for again after a decision. */
export const REFRESH = [['doubtful'], ['missing'], ['reading-orders'], ['reading-progress'], ['reading-card']] as const;

const FIELDS = ['reason', 'items.0.value', 'due_on', 'reader', 'rule'];

export function useDecide(done: (made: Made, wish: Wish) => void) {
  const words = useWords();
  const texts = useTexts(readingTexts);
  const say = useSay();
  return useAct((wish: Wish, header) => api.POST('/api/review-decisions', { params: { header }, body: wish }), {
    name: 'decide-reading',
    refresh: REFRESH,
    fields: FIELDS,
    done: (made, wish) => {
      const first = made[0];
      if (first !== undefined) {
        say.done(texts.decided(words(first.label)));
        done(first, wish);
      }
    },
  });
}

export function useUndo(done: () => void) {
  const texts = useTexts(readingTexts);
  const say = useSay();
  return useAct(
    ({ id, reason }: { id: string; reason: string }, header) =>
      api.POST('/api/review-decisions/{id}/undoing', { params: { path: { id }, header }, body: { reason } }),
    {
      name: 'undo-decision',
      refresh: REFRESH,
      fields: ['reason'],
      done: () => {
        say.done(texts.undone);
        done();
      },
    },
  );
}

type FormProps = { place: Place; act: ReturnType<typeof useDecide>; onCancel: () => void };

const item = (place: Place, value?: string, kind?: string): Schema<'DecidedItem'> => ({
  ...place,
  ...(value === undefined ? {} : { value }),
  ...(kind === undefined ? {} : { kind }),
});

/** What the register really showed, and why it was wrong. */
export function CorrectForm({ place, act, onCancel }: FormProps): ReactNode {
  const texts = useTexts(readingTexts);
  const language = useLanguage();
  const [value, setValue] = useState('');
  const [kind, setKind] = useState('actual');
  const [wasTried, setTried] = useState(false);
  return (
    <div className="decision-form">
      <Field label={texts.newValue} required error={act.at('items.0.value') ?? (wasTried && value.trim() === '' ? texts.needValue : undefined)}>
        <Input
          value={value}
          inputMode="decimal"
          autoFocus
          onChange={(event) => setValue(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onCancel()}
        />
      </Field>
      <Field label={texts.kindOf}>
        <KindSelect value={kind} onChange={setKind} />
      </Field>
      <ReasonField
        act={texts.correct}
        least={1}
        takesFocus={false}
        usual={usualReasons.correct[language]}
        isRunning={act.isRunning}
        error={act.at('reason')}
        onCancel={onCancel}
        onGiven={(reason) => {
          setTried(true);
          if (value.trim() !== '') {
            act.run({ decision: 'correct', items: [item(place, value.trim(), kind)], reason, beyond_limit: false });
          }
        }}
      />
    </div>
  );
}

export function KindSelect({ value, onChange, ...rest }: { id?: string; value: string; onChange: (kind: string) => void }): ReactNode {
  const language = useLanguage();
  const options = [
    { value: 'actual', label: language === 'zh' ? '实抄' : 'actual' },
    { value: 'customer', label: language === 'zh' ? '客户自报' : 'told by the customer' },
  ];
  return <Select {...rest} value={value} options={options} onChange={onChange} />;
}

/** The estimate is shown before it is kept. */
export function EstimateForm({ place, act, onCancel }: FormProps): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const language = useLanguage();
  const rights = useRights();
  const [rule, setRule] = useState('');
  const [beyond, setBeyond] = useState(false);
  const preview = useAsk(['estimate', place, rule], () =>
    api.GET('/api/meters/{meter_no}/readings/{read_on}/{register}/estimate', {
      params: { path: place, query: rule === '' ? {} : { rule } },
    }),
  );
  const rules = [
    { value: '', label: texts.firstRule },
    { value: 'same-month-last-year', label: texts.lastYearRule },
    { value: 'last-three-months', label: texts.lastMonthsRule },
    { value: 'between-readings', label: texts.between },
  ];
  return (
    <div className="decision-form">
      <Field label={texts.rule}>
        <Select value={rule} options={rules} onChange={setRule} />
      </Field>
      <PageState of={preview}>
        {(found) => (
          <>
            <p className="note" role="status">
              {texts.estimateRow(words(found.label), found.use_kwh, found.value)}
              <br />
              {texts.inARow(found.in_a_row, found.limit)}
            </p>
            {found.in_a_row >= found.limit && rights.has('reading.over-limit') ? (
              <Checkbox checked={beyond} onChange={(event) => setBeyond(event.target.checked)}>
                {texts.beyond}
              </Checkbox>
            ) : null}
            <ReasonField
              act={texts.estimate}
              least={1}
              usual={usualReasons.estimate[language]}
              isRunning={act.isRunning}
              error={act.at('reason')}
              onCancel={onCancel}
              onGiven={(reason) =>
                act.run({
                  decision: 'estimate',
                  items: [item(place)],
                  reason,
                  beyond_limit: beyond,
                  ...(rule === '' ? {} : { rule }),
                })
              }
            />
          </>
        )}
      </PageState>
      {preview.problem === null ? null : <Button onClick={onCancel}>{texts.cancelForm}</Button>}
    </div>
  );
}

/** Who goes, by when, and what he is to look at. */
export function ReReadForm({ place, act, onCancel, reader }: FormProps & { reader?: string | null | undefined }): ReactNode {
  const texts = useTexts(readingTexts);
  const language = useLanguage();
  const [dueOn, setDueOn] = useState<string | null>(dayAfter(today(), 2));
  const [who, setWho] = useState(reader ?? '');
  return (
    <div className="decision-form">
      <Field label={texts.rereadOn} required error={act.at('due_on')}>
        <DayInput value={dueOn} onChange={setDueOn} allowClear={false} />
      </Field>
      <Field label={texts.whoGoes} error={act.at('reader')}>
        <Input value={who} maxLength={40} onChange={(event) => setWho(event.target.value)} />
      </Field>
      <ReasonField
        act={texts.reread}
        least={1}
        usual={usualReasons['re-read'][language]}
        isRunning={act.isRunning}
        error={act.at('reason')}
        onCancel={onCancel}
        onGiven={(reason) =>
          act.run({
            decision: 're-read',
            items: [item(place)],
            reason,
            beyond_limit: false,
            due_on: dueOn,
            ...(who.trim() === '' ? {} : { reader: who.trim() }),
          })
        }
      />
    </div>
  );
}

/** `2016-08-31` and so many days later. */
export function dayAfter(day: string, days: number): string {
  const instant = new Date(`${day}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return instant.toISOString().slice(0, 10);
}

/** Takes a decision back, for a reason. */
export function UndoForm({ id, act, onCancel }: { id: string; act: ReturnType<typeof useUndo>; onCancel: () => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const language = useLanguage();
  return (
    <ReasonField
      act={texts.undo}
      least={1}
      usual={usualReasons.undo[language]}
      isRunning={act.isRunning}
      error={act.at('reason')}
      onCancel={onCancel}
      onGiven={(reason) => act.run({ id, reason })}
    />
  );
}

/** The form of the decision that is being made. */
export function DecisionForm(props: FormProps & { decision: Exclude<Decision, 'accept'>; reader?: string | null | undefined }): ReactNode {
  const { decision, reader, ...rest } = props;
  if (decision === 'correct') {
    return <CorrectForm {...rest} />;
  }
  return decision === 'estimate' ? <EstimateForm {...rest} /> : <ReReadForm {...rest} reader={reader} />;
}
