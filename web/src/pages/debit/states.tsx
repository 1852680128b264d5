import type { ReactNode } from 'react';

import { useTexts } from '@/ui';

import { debitTexts } from './texts';

/** What the states of batches and debits are called. */
export function useStateNames(): (state: string) => string {
  const texts = useTexts(debitTexts);
  const names: Record<string, string> = {
    made: texts.made,
    sent: texts.sent,
    partly: texts.partly,
    answered: texts.answered,
    withdrawn: texts.withdrawn,
    'given-up': texts.givenUp,
    waiting: texts.waiting,
    collected: texts.collected,
    failed: texts.failed,
  };
  return (state) => names[state] ?? state;
}

const TONES: Record<string, string> = { answered: ' good', collected: ' good', made: ' warn', sent: ' info', partly: ' info', waiting: ' info', failed: ' bad' };

export function BatchState({ state }: { state: string }): ReactNode {
  const names = useStateNames();
  return <span className={`tag${TONES[state] ?? ''}`}>{names(state)}</span>;
}
