import type { Layer } from './content';

export const KINDS = ['workday', 'rest-day', 'holiday', 'festival'] as const;
const MONTHS = Array.from({ length: 12 }, (_, at) => at + 1);
const QUARTERS = 96;

export type Run = { register: string; from: number; to: number };

/** Days that have the same hours. */
export type DayHours = { months: number[]; kinds: string[]; hot: boolean[]; runs: Run[] };

/** What the layers come to: the hours of every day of the year, days with the same hours together, the most frequent first. */
export function hoursOfDays(layers: Layer[]): DayHours[] {
  const heat = layers.some((layer) => layer.hot === true) ? [false, true] : [false];
  const days = MONTHS.flatMap((month) =>
    KINDS.flatMap((kind) => heat.map((hot) => ({ months: [month], kinds: [kind as string], hot: [hot], runs: runsOn(layers, month, kind, hot) }))),
  );
  const count = (day: DayHours) => day.months.length * day.kinds.length * day.hot.length;
  return joined(joined(joined(days, 'hot'), 'months'), 'kinds').toSorted((one, other) => count(other) - count(one));
}

function isFor(layer: Layer, month: number, kind: string, hot: boolean): boolean {
  const { months = [], days = [] } = layer;
  return (
    (months.length === 0 || months.includes(month)) &&
    (days.length === 0 || days.includes(kind) || (kind === 'festival' && days.includes('holiday'))) &&
    (layer.hot !== true || hot)
  );
}

function runsOn(layers: Layer[], month: number, kind: string, hot: boolean): Run[] {
  const quarters = Array.from({ length: QUARTERS }, () => '');
  for (const layer of layers.filter((layer) => isFor(layer, month, kind, hot))) {
    layer.hours.forEach(({ register, from, to }) => quarters.fill(register, from, to));
  }
  const runs: Run[] = [];
  quarters.forEach((register, at) => {
    const last = runs.at(-1);
    if (last?.register === register) {
      last.to = at + 1;
    } else {
      runs.push({ register, from: at, to: at + 1 });
    }
  });
  return runs;
}

/** Puts days together that differ in `by` alone. */
function joined(days: DayHours[], by: 'months' | 'kinds' | 'hot'): DayHours[] {
  const together = new Map<string, DayHours>();
  for (const day of days) {
    const key = JSON.stringify({ ...day, [by]: null });
    const known = together.get(key);
    together.set(key, known === undefined ? day : { ...known, [by]: [...known[by], ...day[by]] });
  }
  return [...together.values()];
}

/** The hours of one register in words, `23:00–7:00` as one stretch. */
export function spansOf(runs: Run[], register: string): string[] {
  const own = runs.filter((run) => run.register === register);
  const [first, last] = [own[0], own.at(-1)];
  if (first !== undefined && last !== undefined && first !== last && first.from === 0 && last.to === QUARTERS) {
    return [...own.slice(1, -1).map(spanOf), spanOf({ register, from: last.from, to: first.to })];
  }
  return own.map(spanOf);
}

function spanOf({ from, to }: Run): string {
  return `${clock(from)}–${clock(to)}`;
}

function clock(quarter: number): string {
  return `${Math.trunc(quarter / 4)}:${String((quarter % 4) * 15).padStart(2, '0')}`;
}
