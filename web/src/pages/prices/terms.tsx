import type { ReactNode } from 'react';

import { useTexts } from '@/ui';

import type { Band, Source } from './content';
import { pricesTexts, terms } from './texts';

/** Where a figure comes from, and how well it is known. */
export function SourceNote({ source }: { source: Source }): ReactNode {
  const word = useTerm();
  const kind = { published: 'good', digest: 'info', assumed: 'warn', fictional: 'bad' }[source.mark] ?? '';
  return (
    <span className="source">
      {source.title} <span className={`tag ${kind}`}>{word(`mark.${source.mark}`)}</span>
    </span>
  );
}

/** The name of a word of the trade; the word itself where it is new. */
export function useTerm(): (word: string) => string {
  const texts: Record<string, string> = useTexts(terms);
  return (word) => texts[word] ?? word.slice(word.indexOf('.') + 1);
}

/** The months of a season, in the person's language. */
export function useSeason(): (months: readonly number[]) => string {
  const texts = useTexts(pricesTexts);
  return (months) => (months.length === 0 || months.length === 12 ? texts.allYear : texts.season(monthRuns(months)));
}

/** For which voltages and months a band holds; nothing where there is no other. */
export function useBandName(bands: readonly Band[]): (band: Band) => string {
  const season = useSeason();
  const byVoltage = new Set(bands.map((band) => band.voltages.join())).size > 1;
  const bySeason = bands.some((band) => band.months !== undefined);
  return (band) => [byVoltage ? band.voltages.join(' / ') : '', bySeason ? season(band.months ?? []) : ''].filter(Boolean).join(' · ');
}

/** `1, 2, 3, 7, 12` as `7` and `12–3`: months in a row, around the year. */
function monthRuns(months: readonly number[]): string[] {
  const inside = new Set(months);
  const begins = months.filter((month) => !inside.has(((month + 10) % 12) + 1));
  return begins.map((begin) => {
    let end = begin;
    while (inside.has((end % 12) + 1) && (end % 12) + 1 !== begin) {
      end = (end % 12) + 1;
    }
    return begin === end ? String(begin) : `${begin}–${end}`;
  });
}
