import { keepPreviousData, useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/react-query';

import { ask } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;
type Key = readonly unknown[];

export type Asked<T> = Pick<UseQueryResult<T>, 'data' | 'isPending' | 'isFetching' | 'refetch'> & {
  problem: Problem | null;
};

/** Asks the server for one thing: `useAsk(['bill', no], () => api.GET('/api/bills/{bill_no}', …))`. */
export function useAsk<T>(key: Key, call: () => Call<T>, options: Options = {}): Asked<T> {
  const query = useQuery({
    queryKey: key,
    queryFn: () => ask(call()),
    enabled: options.when ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keepOld ? { placeholderData: keepPreviousData } : {}),
    ...(options.isLasting ? { staleTime: LASTS_MS, gcTime: LASTS_MS } : {}),
  });
  const { data, isPending, isFetching, refetch } = query;
  return { data, isPending, isFetching, refetch, problem: query.error === null ? null : asProblem(query.error) };
}

export type Options = {
  /** Not asked before this is true. */
  when?: boolean;
  /** Asked again and again. */
  everyMs?: number;
  /** Changes with the packs alone: an answer is good for ten minutes, on whatever page. */
  isLasting?: boolean;
  /** Shows the last answer while the next one is under way. */
  keepOld?: boolean;
};

const LASTS_MS = 600_000;

type Page<Row> = { items: Row[]; next?: string | null };

export type Paged<Row> = {
  rows: Row[];
  isPending: boolean;
  isFetching: boolean;
  problem: Problem | null;
  hasMore: boolean;
  more: () => void;
  refetch: () => void;
};

/** Asks for a list a page at a time: `usePages(['bills'], (after) => api.GET('/api/bills', { params: { query: { after } } }))`. */
export function usePages<Row>(key: Key, call: (after: string | undefined) => Call<Page<Row>>, options: Options = {}): Paged<Row> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(call(pageParam)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: options.when ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keepOld ? { placeholderData: keepPreviousData } : {}),
  });
  return {
    rows: query.data?.pages.flatMap((page) => page.items) ?? [],
    isPending: query.isPending,
    isFetching: query.isFetching,
    problem: query.error === null ? null : asProblem(query.error),
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) {
        void query.fetchNextPage();
      }
    },
    refetch: () => void query.refetch(),
  };
}
