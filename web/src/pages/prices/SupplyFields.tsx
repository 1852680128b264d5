import { Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { FigureInput } from '@/forms/inputs';
import { Field, useTexts } from '@/ui';

import { MODES } from './content';
import { supplyTexts } from './industryTexts';
import { LOSS, type Form } from './quoteCase';
import { useTerm } from './terms';

type FigureProps = { form: Form; field: string; label: string; unit: string; decimals?: number; width?: number; placeholder?: string };

/** A figure of the form; nothing where the price list does not ask for it. */
export function Figure({ form, field, label, unit, decimals = 3, width = 140, placeholder }: FigureProps): ReactNode {
  return form.has(field) ? (
    <Field label={label} width={width} error={form.at(field)}>
      <FigureInput value={form.typed[field] ?? ''} suffix={unit} decimals={decimals} placeholder={placeholder} onChange={form.put(field)} />
    </Field>
  ) : null;
}

function Choice({ form, field, label, words, width }: { form: Form; field: string; label: string; words: readonly string[]; width: number }): ReactNode {
  const word = useTerm();
  return form.has(field) ? (
    <Field label={label} width={width} error={form.at(field)}>
      <Select
        value={form.typed[field] ?? ''}
        onChange={form.put(field)}
        options={words.map((one) => ({ value: one, label: word(`${field === 'demand_mode' ? 'mode' : 'side'}.${one}`) }))}
      />
    </Field>
  ) : null;
}

/** Capacity, demand and reactive energy, where the price list goes by them. */
export function SupplyFields({ form }: { form: Form }): ReactNode {
  const texts = useTexts(supplyTexts);
  if (!form.has('capacity_kva') && !form.has('kvarh')) {
    return null;
  }
  return (
    <>
      <div className="row">
        <Figure form={form} field="capacity_kva" label={texts.capacity} unit="kVA" />
        <Choice form={form} field="demand_mode" label={texts.mode} words={MODES} width={190} />
        <Figure form={form} field="contract_kw" label={texts.contract} unit="kW" />
        <Figure form={form} field="max_demand_kw" label={texts.demand} unit="kW" />
      </div>
      <div className="row">
        <Figure form={form} field="kvarh" label={texts.reactive} unit="kvarh" width={160} />
        <Figure form={form} field="reverse_kvarh" label={texts.reverse} unit="kvarh" width={160} placeholder="0" />
      </div>
    </>
  );
}

/** The transformer between the supply point and the meter. What is refused in it opens the fold. */
export function LossFields({ form }: { form: Form }): ReactNode {
  const texts = useTexts(supplyTexts);
  const [isOpen, setOpen] = useState(false);
  const isWrong = ['loss.side', ...LOSS].some((field) => form.at(field) !== undefined);
  return form.has('loss.hours') ? (
    <details open={isOpen || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{texts.loss}</summary>
      <div className="row">
        <Choice form={form} field="loss.side" label={texts.side} words={['low', 'high']} width={150} />
        <Figure form={form} field="loss.no_load_kw" label={texts.noLoad} unit="kW" width={120} />
        <Figure form={form} field="loss.hours" label={texts.hours} unit="h" decimals={2} />
        <Figure form={form} field="loss.line" label={texts.line} unit="%" decimals={4} width={100} />
        <Figure form={form} field="loss.kvarh" label={texts.lostReactive} unit="kvarh" width={150} />
      </div>
    </details>
  ) : null;
}
