import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Kwh, Money, counted, useTexts, useWords } from '@/ui';

import { useTariffNames } from '../customers/words';
import { correctionTexts } from './texts';
import './corrections.css';

export type Correction = Schema<'Correction'>;
export type CorrectionWish = Schema<'CorrectionWish'>;

/** What an act on corrections may have changed elsewhere. */
export const CHANGED = [['corrections'], ['amendments'], ['work']] as const;

const TONES: Record<string, string> = {
  trying: ' info',
  tried: ' warn',
  approved: ' info',
  issuing: ' info',
  issued: ' good',
  ready: ' warn',
  blocked: ' bad',
  posted: ' good',
  changed: ' bad',
};

export function StateTag({ of }: { of: { state: string; state_name: Schema<'Words'> } }): ReactNode {
  const words = useWords();
  return <span className={`tag${TONES[of.state] ?? ''}`}>{words(of.state_name)}</span>;
}

/** A correction's state; one that came to nothing waits for nobody. */
export function CorrectionTag({ of }: { of: Correction }): ReactNode {
  const texts = useTexts(correctionTexts);
  if (of.state !== 'tried' || of.affected > 0) {
    return <StateTag of={of} />;
  }
  return of.blocked > 0 ? <span className="tag bad">{texts.blockedOf(counted(of.blocked))}</span> : <span className="tag">{texts.nothingToDo}</span>;
}

/** Which bills a correction is about, in words; a single account is not called by its station too. */
export function useScopeName(): (of: Pick<Correction, 'station' | 'book' | 'supply_no' | 'tariff'>) => string {
  const texts = useTexts(correctionTexts);
  const tariffs = useTariffNames();
  return ({ station, book, supply_no, tariff }) => {
    const place =
      supply_no != null
        ? [texts.ofAccount(supply_no)]
        : [...(station == null ? [] : [texts.ofStation(station)]), ...(book == null ? [] : [texts.ofBook(book)])];
    const parts = [...place, ...(tariff == null ? [] : [texts.ofTariff(tariffs(tariff))])];
    return parts.length === 0 ? texts.bureau : parts.join(' · ');
  };
}

/** The wish of a correction, to be asked once more. */
export function wishOf({ since, reason, station, book, supply_no, tariff }: Correction): CorrectionWish {
  const place = supply_no == null ? { station: station ?? null, book: book ?? null } : { supply_no };
  return { since, reason, tariff: tariff ?? null, ...place };
}

export function isUnderWay({ state }: Correction): boolean {
  return state === 'trying' || state === 'issuing';
}

/** Before and after in one cell; what did not change is said once. */
export function BeforeAfter({ before, after, of }: { before: string; after: string; of: 'kwh' | 'money' }): ReactNode {
  const Figure = of === 'kwh' ? Kwh : Money;
  return before === after ? (
    <Figure value={after} />
  ) : (
    <span className="before-after">
      <Figure value={before} /> → <Figure value={after} strong />
    </span>
  );
}
