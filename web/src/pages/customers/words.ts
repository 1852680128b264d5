import { useTexts } from '@/ui';

import { customerTexts } from './texts';

/** The name of a code where the page knows one, the code itself where it does not: `nameOf('category', '200')`. */
export function useNames(): (list: string, code: string | null | undefined) => string {
  const texts: Record<string, unknown> = useTexts(customerTexts);
  return (list, code) => {
    const name = texts[`${list}_${code}`];
    return typeof name === 'string' ? name : (code ?? '—');
  };
}
