import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useTexts, useWords } from '@/ui/language';

import { useRights } from './session';
import { shellTexts } from './texts';

type Health = Schema<'Health'>;

const ASK_EVERY_MS = 30_000;

/** What touches everybody's work; the rest is for whoever looks after the server. */
const EVERYBODYS: readonly string[] = ['database', 'storage', 'clock'];

/** Says above the page what the server says is wrong with itself. */
export function Ailing(): ReactNode {
  const texts = useTexts(shellTexts);
  const words = useWords();
  const { has } = useRights();
  const { data } = useQuery({ queryKey: ['health'], queryFn: health, refetchInterval: ASK_EVERY_MS, retry: false });
  const ills = (data?.checks ?? []).filter((check) => check.message != null && (EVERYBODYS.includes(check.name) || has('work.manage')));
  return ills.length === 0 ? null : (
    <div className="note bad ailing" role="alert">
      <strong>{texts.ailing}</strong>
      {ills.map((check) => (
        <span key={check.name}>{check.message == null ? null : words(check.message)}</span>
      ))}
    </div>
  );
}

/** A server that is down tells so in the same words. */
async function health(): Promise<Health> {
  const { data, error } = await api.GET('/healthz');
  const told: Health | undefined = data ?? error;
  return told?.checks === undefined ? Promise.reject(new Error('no answer')) : told;
}
