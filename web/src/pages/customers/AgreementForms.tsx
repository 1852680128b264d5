import { Button, Input, Select, Space } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput, FigureInput } from '@/forms/inputs';
import { Field, today, useAct, useSay, useTexts, type Acting } from '@/ui';

import { agreementTexts } from './agreementTexts';

type Agreement = Schema<'Agreement'>;
type AgreementWish = Schema<'AgreementWish'>;
type SuspensionWish = Schema<'SuspensionWish'>;
type Ends = { supply_no: string; onEnd: () => void };

const NO_MODE = '';

/** What to ask for again after what was agreed on has changed. */
export const AGREED = (supply_no: string) => [['agreements', supply_no], ['events', supply_no]];

/** What holds from a day on; it begins with what holds until then. */
export function AgreementForm({ supply_no, last, onEnd }: Ends & { last: Agreement | undefined }): ReactNode {
  const texts = useTexts(agreementTexts);
  const say = useSay();
  const [wish, setWish] = useState<AgreementWish>({
    from: today(),
    demand_mode: last?.demand_mode ?? null,
    capacity_kva: last?.capacity_kva ?? '',
    contract_kw: last?.contract_kw ?? null,
    meter_side: last?.meter_side ?? 'high',
    no_load_kw: last?.no_load_kw ?? null,
    line_loss: last?.line_loss ?? null,
    reason: '',
  });
  const change = (changed: Partial<AgreementWish>) => setWish({ ...wish, ...changed });
  const enter = useAct((body: AgreementWish, header) => api.POST('/api/usage-points/{supply_no}/agreements', { params: { path: { supply_no }, header }, body }), {
    name: `agree ${supply_no}`,
    refresh: AGREED(supply_no),
    fields: ['from', 'demand_mode', 'capacity_kva', 'contract_kw', 'meter_side', 'no_load_kw', 'line_loss', 'reason'],
    done: () => (say.done(texts.entered), onEnd()),
  });
  const figure = (field: 'contract_kw' | 'no_load_kw', label: string) => (
    <Field label={label} width={150} required error={enter.at(field)}>
      <FigureInput value={wish[field] ?? ''} suffix="kW" onChange={(text) => change({ [field]: text })} />
    </Field>
  );
  return (
    <Frame label={texts.enter} acting={enter} onGiven={() => enter.run(wish)} onEnd={onEnd}>
      <From value={wish.from} onGiven={(from) => change({ from })} error={enter.at('from')} />
      <Field label={texts.mode} width={200} error={enter.at('demand_mode')}>
        <Select
          value={wish.demand_mode ?? NO_MODE}
          // What is contracted goes with the mode that asks for it.
          onChange={(mode: string) => change({ demand_mode: mode === NO_MODE ? null : mode, contract_kw: mode === 'contract' ? (wish.contract_kw ?? '') : null })}
          options={[
            { value: NO_MODE, label: texts.noBasic },
            { value: 'capacity', label: texts.capacityMode },
            { value: 'contract', label: texts.contractMode },
            { value: 'actual', label: texts.actualMode },
          ]}
        />
      </Field>
      <Field label={texts.capacity} width={150} required error={enter.at('capacity_kva')}>
        <FigureInput value={wish.capacity_kva} suffix="kVA" onChange={(capacity_kva) => change({ capacity_kva })} />
      </Field>
      {wish.demand_mode === 'contract' ? figure('contract_kw', texts.contract) : null}
      <Field label={texts.side} width={150} error={enter.at('meter_side')}>
        <Select
          value={wish.meter_side ?? 'high'}
          onChange={(side: string) => change({ meter_side: side, ...(side === 'high' ? { no_load_kw: null, line_loss: null } : {}) })}
          options={[
            { value: 'high', label: texts.high },
            { value: 'low', label: texts.low },
          ]}
        />
      </Field>
      {wish.meter_side === 'low' ? (
        <>
          {figure('no_load_kw', texts.noLoad)}
          <Field label={texts.line} width={150} hint={texts.lineHint} error={enter.at('line_loss')}>
            <FigureInput value={wish.line_loss ?? ''} decimals={6} onChange={(line_loss) => change({ line_loss: line_loss === '' ? null : line_loss })} />
          </Field>
        </>
      ) : null}
      <Basis label={texts.basis} hint={texts.basisHint} value={wish.reason} onGiven={(reason) => change({ reason })} error={enter.at('reason')} />
    </Frame>
  );
}

export function SuspensionForm({ supply_no, onEnd }: Ends): ReactNode {
  const texts = useTexts(agreementTexts);
  const say = useSay();
  const [wish, setWish] = useState<SuspensionWish>({ from: today(), to: '', capacity_kva: '', reason: '' });
  const change = (changed: Partial<SuspensionWish>) => setWish({ ...wish, ...changed });
  const enter = useAct((body: SuspensionWish, header) => api.POST('/api/usage-points/{supply_no}/suspensions', { params: { path: { supply_no }, header }, body }), {
    name: `suspend ${supply_no}`,
    refresh: AGREED(supply_no),
    fields: ['from', 'to', 'capacity_kva', 'reason'],
    done: () => (say.done(texts.suspended), onEnd()),
  });
  return (
    <Frame label={texts.suspend} acting={enter} onGiven={() => enter.run(wish)} onEnd={onEnd}>
      <From value={wish.from} onGiven={(from) => change({ from })} error={enter.at('from')} />
      <Field label={texts.to} required error={enter.at('to')}>
        <DayInput value={wish.to} onChange={(to) => change({ to: to ?? '' })} />
      </Field>
      <Field label={texts.resting} width={150} required error={enter.at('capacity_kva')}>
        <FigureInput value={wish.capacity_kva} suffix="kVA" onChange={(capacity_kva) => change({ capacity_kva })} />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={wish.reason} onGiven={(reason) => change({ reason })} error={enter.at('reason')} />
    </Frame>
  );
}

/** Another last day of a suspension: earlier, or later. */
export function ResumptionForm({ supply_no, rest, onEnd }: Ends & { rest: Schema<'Suspension'> }): ReactNode {
  const texts = useTexts(agreementTexts);
  const say = useSay();
  const [wish, setWish] = useState({ to: rest.to, reason: '' });
  const path = { supply_no, from: rest.from };
  const resume = useAct((body: typeof wish, header) => api.POST('/api/usage-points/{supply_no}/suspensions/{from}/resumption', { params: { path, header }, body }), {
    name: `resume ${supply_no} ${rest.from}`,
    refresh: AGREED(supply_no),
    fields: ['to', 'reason'],
    done: () => (say.done(texts.resumed), onEnd()),
  });
  return (
    <Frame label={texts.resumeFrom(rest.from)} acting={resume} onGiven={() => resume.run(wish)} onEnd={onEnd}>
      <Field label={texts.to} required hint={texts.resumeHint} error={resume.at('to')}>
        <DayInput value={wish.to} allowClear={false} onChange={(to) => setWish({ ...wish, to: to ?? rest.to })} />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={wish.reason} onGiven={(reason) => setWish({ ...wish, reason })} error={resume.at('reason')} />
    </Frame>
  );
}

type FrameProps = { label: string; act?: string; acting: Acting<never>; onGiven: () => void; onEnd: () => void; children: ReactNode };

/** Enter gives it, Escape leaves. */
export function Frame({ label, act, acting, onGiven, onEnd, children }: FrameProps): ReactNode {
  const texts = useTexts(agreementTexts);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    void form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <form
      ref={form}
      className="agreement-form"
      aria-label={label}
      onKeyDown={(event) => event.key === 'Escape' && onEnd()}
      onSubmit={(event) => {
        event.preventDefault();
        onGiven();
      }}
    >
      <h3>{label}</h3>
      <div className="row">{children}</div>
      <Space>
        <Button type="primary" htmlType="submit" loading={acting.isRunning}>
          {act ?? texts.save}
        </Button>
        <Button onClick={onEnd}>{texts.cancel}</Button>
      </Space>
    </form>
  );
}

type Told = { value: string; onGiven: (value: string) => void; error: string | undefined };

function From({ value, onGiven, error }: Told): ReactNode {
  const texts = useTexts(agreementTexts);
  return (
    <Field label={texts.from} required error={error}>
      <DayInput value={value} allowClear={false} autoFocus onChange={(day) => onGiven(day ?? today())} />
    </Field>
  );
}

export function Basis({ label, hint, value, onGiven, error }: Told & { label: string; hint: string }): ReactNode {
  return (
    <Field label={label} width={280} required hint={hint} error={error}>
      <Input value={value} maxLength={200} onChange={(event) => onGiven(event.target.value)} />
    </Field>
  );
}
