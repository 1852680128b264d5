import { api } from '@/api/client';
import { useRights } from '@/shell/session';
import { useAsk, useTexts, useWords } from '@/ui';

import { customerTexts } from './texts';

/** The name of a code where the page knows one, the code itself where it does not: `nameOf('category', '200')`. */
export function useNames(): (list: string, code: string | null | undefined) => string {
  const texts: Record<string, unknown> = useTexts(customerTexts);
  return (list, code) => {
    const name = texts[`${list}_${code}`];
    return typeof name === 'string' ? name : (code ?? '—');
  };
}

/** 用电类别, as the archive codes them. */
export const CATEGORIES = ['100', '200', '300', '400', '401', '402', '403', '405', '500', '900'] as const;

/** The price lists' own names; the code for whoever may not read the lists. */
export function useTariffNames(): (code: string) => string {
  const rights = useRights();
  const words = useWords();
  const tariffs = useAsk(['tariffs'], () => api.GET('/api/tariffs'), { when: rights.has('tariff.read'), isLasting: true });
  return (code) => {
    const known = tariffs.data?.find((tariff) => tariff.code === code);
    return known === undefined ? code : words(known.name);
  };
}
