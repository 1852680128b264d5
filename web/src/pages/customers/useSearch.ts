import { useEffect, useState } from 'react';

import { api, type Schema } from '@/api/client';
import { useAsk } from '@/ui';
import type { Problem } from '@/api/problem';

export type Found = Schema<'FoundUsagePoint'>;

export const LONGEST = 100;
const PAUSE_MS = 130;

type Searched = {
  found: Schema<'SearchAnswer'> | undefined;
  /** Whether what was found belongs to the line as it stands. */
  isCurrent: boolean;
  problem: Problem | null;
  refetch: () => unknown;
};

/** Looks for a line once the typing pauses; the last answer stays while the next is under way. */
export function useSearch(line: string, limit: number): Searched {
  const [q, setQ] = useState(line.trim());
  useEffect(() => {
    const wait = setTimeout(() => setQ(line.trim()), PAUSE_MS);
    return () => clearTimeout(wait);
  }, [line]);
  const asked = useAsk(['search', q, limit], () => api.GET('/api/search', { params: { query: { q, limit } } }), {
    when: /[\p{L}\p{N}]/u.test(q),
    keepOld: true,
  });
  return { found: asked.data, isCurrent: q === line.trim() && !asked.isFetching, problem: asked.problem, refetch: asked.refetch };
}
