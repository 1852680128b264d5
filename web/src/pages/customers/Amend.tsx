import { Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { FigureInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Field, GoTo, useAct, useAsk, useSay, useTexts, useWords } from '@/ui';

import { Basis, Frame } from './AgreementForms';
import { amendTexts } from './amendTexts';
import { useNames, useTariffNames } from './words';

type Reading = Pick<Schema<'RegisterReading'>, 'meter_no' | 'register' | 'read_on' | 'kind' | 'value'>;
type Amendment = Schema<'Amendment'>;
type Ends = { supply_no: string; onEnd: () => void };

const KINDS: readonly string[] = ['actual', 'customer', 'estimated'];

/** What a register showed can be amended; what it showed when its meter went is on record with the meter. */
export function isAmendable(kind: string): boolean {
  return KINDS.includes(kind);
}

/** What to ask for again after something was amended. */
export const AMENDED = (supply_no: string) => [['amendments'], ['readings', supply_no], ['usage', supply_no], ['meters', supply_no], ['network', supply_no], ['events', supply_no]];

/** What a register showed on a day, as is known now. */
export function ReadingAmendment({ supply_no, reading, onEnd }: Ends & { reading: Reading }): ReactNode {
  const texts = useTexts(amendTexts);
  const names = useNames();
  const say = useSay();
  const { meter_no, register, read_on } = reading;
  const [wish, setWish] = useState({ value: '', kind: reading.kind, reason: '' });
  const change = (changed: Partial<typeof wish>) => setWish({ ...wish, ...changed });
  const amend = useAct(
    (body: Schema<'ReadingAmendment'>, header) => api.POST('/api/meters/{meter_no}/amendments/reading', { params: { path: { meter_no }, header }, body }),
    {
      name: `amend ${meter_no} ${register} ${read_on}`,
      refresh: AMENDED(supply_no),
      fields: ['read_on', 'value', 'kind', 'reason'],
      done: () => (say.done(texts.amended), onEnd()),
    },
  );
  return (
    <Frame
      label={texts.amendReadingOf(meter_no, names('reg', register), read_on)}
      act={texts.save}
      acting={amend}
      onGiven={() => amend.run({ register, read_on, ...wish })}
      onEnd={onEnd}
    >
      <Field label={texts.readOn} width={200} hint={texts.readOnHint} error={amend.at('read_on')}>
        <Input value={read_on} readOnly />
      </Field>
      <Field label={texts.value} width={170} required hint={texts.asKnown(reading.value)} error={amend.at('value')}>
        <FigureInput value={wish.value} autoFocus onChange={(value) => change({ value })} />
      </Field>
      <Field label={texts.kind} width={150} hint={texts.asKnown(names('kind', reading.kind))} error={amend.at('kind')}>
        <Select
          value={wish.kind}
          onChange={(kind: string) => change({ kind })}
          options={[
            { value: 'actual', label: texts.actual },
            { value: 'customer', label: texts.customer },
            { value: 'estimated', label: texts.estimated },
          ]}
        />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={wish.reason} onGiven={(reason) => change({ reason })} error={amend.at('reason')} />
    </Frame>
  );
}

/** What a meter's registers have been multiplied by, as is known now. */
export function MultiplierAmendment({ supply_no, meter, onEnd }: Ends & { meter: Schema<'Meter'> }): ReactNode {
  const texts = useTexts(amendTexts);
  const say = useSay();
  const { meter_no } = meter;
  const [multiplier, setMultiplier] = useState('');
  const [reason, setReason] = useState('');
  const amend = useAct(
    (body: Schema<'MultiplierAmendment'>, header) => api.POST('/api/meters/{meter_no}/amendments/multiplier', { params: { path: { meter_no }, header }, body }),
    {
      name: `amend ${meter_no}`,
      refresh: AMENDED(supply_no),
      fields: ['multiplier', 'reason'],
      done: () => (say.done(texts.amended), onEnd()),
    },
  );
  return (
    <Frame
      label={texts.amendMultiplierOf(meter_no)}
      act={texts.save}
      acting={amend}
      onGiven={() => amend.run({ multiplier: multiplier === '' ? 0 : Number.parseInt(multiplier, 10), reason })}
      onEnd={onEnd}
    >
      <Field label={texts.multiplier} width={240} required hint={texts.multiplierHint(meter.multiplier)} error={amend.at('multiplier')}>
        <FigureInput value={multiplier} autoFocus decimals={0} maxLength={9} onChange={setMultiplier} />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={reason} onGiven={setReason} error={amend.at('reason')} />
    </Frame>
  );
}

/** What was amended of this account while its bills still stand, and the way to their correction. */
export function Amended({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(amendTexts);
  const rights = useRights();
  const words = useWords();
  const tariffs = useTariffNames();
  const waiting = useAsk(['amendments', supply_no], () => api.GET('/api/amendments', { params: { query: { supply_no, waiting: true, limit: 20 } } }), {
    when: rights.has('bill.read'),
  });
  const items = waiting.data?.items ?? [];
  if (items.length === 0) {
    return null;
  }
  const told = ({ kind, register_name, read_on, before, after, since, until, cause_name }: Amendment) =>
    kind === 'multiplier' ? texts.times(before, after)
    : kind === 'factor' ? texts.counting(cause_name == null ? '' : words(cause_name), since, until ?? '', after, before)
    : kind === 'terms' ? texts.terms(since, tariffs(before), tariffs(after), before === after)
    : texts.reading(register_name == null ? '' : words(register_name), read_on ?? '', before, after);
  const since = items.map((item) => item.since).toSorted()[0] ?? '';
  return (
    <div className="note amended">
      {texts.waiting}
      <ul>
        {items.map((item) => (
          <li key={item.amendment_no}>
            {item.meter_no == null ? null : <span className="figure">{item.meter_no}</span>} {told(item)}
          </li>
        ))}
      </ul>
      {rights.has('bill.rebill') ? (
        <GoTo to="/billing/corrections" query={{ new: '1', supply_no, since }}>
          {texts.correct(since)}
        </GoTo>
      ) : null}
    </div>
  );
}
