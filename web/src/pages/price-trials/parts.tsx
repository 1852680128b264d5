import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { grouped, isNothing, useTexts, useWords } from '@/ui';

import { trialTexts } from './texts';
import './price-trials.css';

export type Trial = Schema<'PriceTrial'>;
export type TrialWish = Schema<'PriceTrialWish'>;
export type Group = Schema<'TrialGroup'>;
export type Sums = Schema<'TrialSums'>;

export function StateTag({ of }: { of: Trial }): ReactNode {
  const words = useWords();
  return <span className={`tag ${of.state === 'tried' ? 'good' : 'info'}`}>{words(of.state_name)}</span>;
}

/** `2016-01 – 2016-08`, or the one month. */
export function monthsOf({ from, to }: Pick<Trial, 'from' | 'to'>): string {
  return from === to ? from : `${from} – ${to}`;
}

export function useWayName(): (way: string) => string {
  const texts = useTexts(trialTexts);
  return (way) => (way === 'by-day' ? texts.byDay : texts.toCome);
}

export function useScopeName(): (station: string | null | undefined) => string {
  const texts = useTexts(trialTexts);
  return (station) => (station == null ? texts.bureau : texts.ofStation(station));
}

/** `+3.70%`; nothing where there is no share. */
export function Percent({ value }: { value: string | null | undefined }): ReactNode {
  const texts = useTexts(trialTexts);
  if (value == null) {
    return <span className="absent">—</span>;
  }
  const shown = texts.percentOf(grouped(value));
  return <span className="figure">{isNothing(value) || value.startsWith('-') ? shown : `+${shown}`}</span>;
}

/** Has the browser take a file as it comes: of millions of bills it never lies in the page's memory. */
export function takeFile(path: string): void {
  const link = document.createElement('a');
  link.href = path;
  link.download = '';
  link.click();
}

/** So many hundredths of a whole, one decimal. */
export function shareOf(part: number, whole: number): string {
  return whole === 0 ? '0' : ((100 * part) / whole).toFixed(1);
}
