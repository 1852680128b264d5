import type { Schema } from '@/api/client';

import { voltagesOf, type Content } from './content';
import { rateOf } from './decimals';

/** What was typed, by the name that the field has in a quote: `usage.peak`, `loss.hours`. */
export type Typed = Readonly<Record<string, string | undefined>>;

/** The fields of the form: what was typed, what is wrong with it, and whether this price list asks for it. */
export type Form = {
  typed: Typed;
  has: (field: string) => boolean;
  put: (field: string) => (value: string) => void;
  at: (field: string) => string | undefined;
};

/** What tells that there are losses to add; the side alone does not. */
export const LOSS = ['loss.no_load_kw', 'loss.hours', 'loss.line', 'loss.kvarh'] as const;

/** The fields that this price list asks for, so that every refusal finds its place. */
export function fieldsOf(content: Content, typed: Typed): ReadonlySet<string> {
  const { registers, tiers, households, reliefs, basic, power_factor, loss } = content;
  const isByDemand = basic !== undefined && typed.demand_mode !== 'capacity';
  const asked: [boolean, readonly string[]][] = [
    [true, ['cycle', ...registers.map((register) => `usage.${register}`)]],
    [tiers?.span === 'year', ['year_to_date']],
    [households.length > 0, ['persons']],
    [reliefs.length > 0, ['concession']],
    [voltagesOf(content).differ, ['voltage']],
    [basic !== undefined, ['days', 'demand_mode']],
    [basic !== undefined || loss !== undefined, ['capacity_kva']],
    [isByDemand && typed.demand_mode === 'contract', ['contract_kw']],
    [isByDemand, ['max_demand_kw']],
    [power_factor !== undefined, ['kvarh', 'reverse_kvarh']],
    [loss !== undefined, ['loss.side', ...LOSS]],
  ];
  return new Set(asked.flatMap(([holds, fields]) => (holds ? fields : [])));
}

/** The case to price. An empty use is nothing used; every other empty field is left out. */
export function caseOf(tariff: string, content: Content, typed: Typed): Schema<'QuoteCase'> {
  const fields = fieldsOf(content, typed);
  const text = (field: string) => (fields.has(field) && typed[field] !== '' ? typed[field] : undefined);
  const whole = (field: string) => (text(field) === undefined ? undefined : Number.parseInt(text(field) ?? '', 10));
  const demand = text('max_demand_kw');
  const line = text('loss.line');
  const hasLoss = LOSS.some((field) => text(field) !== undefined);
  // What is not known is left out of the document, and the price list says whether it needs it.
  const loss = { side: text('loss.side'), no_load_kw: text('loss.no_load_kw'), hours: text('loss.hours'), line: line === undefined ? undefined : rateOf(line), kvarh: text('loss.kvarh') };
  return {
    tariff,
    cycle: typed.cycle ?? '',
    usage: Object.fromEntries(content.registers.map((register) => [register, text(`usage.${register}`) ?? '0'])),
    voltage: typed.voltage,
    days: whole('days'),
    year_to_date: text('year_to_date'),
    persons: whole('persons'),
    concession: text('concession'),
    capacity_kva: text('capacity_kva'),
    demand_mode: text('demand_mode'),
    contract_kw: text('contract_kw'),
    max_demand_kw: demand === undefined ? undefined : [demand],
    kvarh: text('kvarh'),
    reverse_kvarh: text('reverse_kvarh'),
    loss: hasLoss ? (loss as Schema<'QuoteLoss'>) : undefined,
  };
}
