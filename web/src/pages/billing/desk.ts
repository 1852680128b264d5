import { api, type Schema } from '@/api/client';
import { monthAfter, today, useAsk, useQueryState, type Asked } from '@/ui';

import type { Work } from '../long-work/parts';

export type Run = Schema<'BillingRun'>;
export type Exception = Schema<'BillException'>;
export type Book = Schema<'BookBilling'>;
export type ExceptionDesk = Schema<'ExceptionDesk'>;

/** Which accounts the desk is about; nothing: the whole bureau. */
export type Scope = { station?: string; book?: string; supply_no?: string };

/** Month and scope stand in the address. */
export function useDesk(): { month: string; scope: Scope; tab: string; isAlone: boolean; change: (change: Record<string, string | undefined>) => void } {
  const [query, change] = useQueryState();
  const { station, book, supply_no } = query;
  const scope = {
    ...(station === undefined ? {} : { station }),
    ...(book === undefined ? {} : { book }),
    ...(supply_no === undefined ? {} : { supply_no }),
  };
  return { month: query.month ?? monthAfter(today().slice(0, 7), -1), scope, tab: query.tab ?? 'exceptions', isAlone: query.alone === 'yes', change };
}

/** As work of this scope is called: `2016-08 ST01 B001`; that of an account begins with its station. */
export function isOf(work: Work, month: string, scope: Scope): boolean {
  const parts = work.subject.split(' ');
  if (parts[0] !== month || !work.kind.startsWith('bill.')) {
    return false;
  }
  return scope.supply_no === undefined
    ? work.subject === [month, scope.station, scope.book].filter((part) => part !== undefined).join(' ')
    : parts.at(-1) === scope.supply_no;
}

/** The latest work of the scope, looked at often while it is under way. */
export function useLatestWork(month: string, scope: Scope): { latest: Work | undefined; under: Work | undefined } {
  const list = useAsk(['work', 'billing'], () => api.GET('/api/long-work', { params: { query: { limit: 100 } } }), { everyMs: 900, keepOld: true });
  const mine = (list.data?.items ?? []).filter((work) => isOf(work, month, scope));
  const latest = mine[0];
  return { latest, under: latest !== undefined && ['queued', 'running', 'stopping'].includes(latest.state) ? latest : undefined };
}

export function useRun(month: string, scope: Scope): Asked<Run> {
  return useAsk(['billing', 'run', month, scope], () => api.GET('/api/billing-runs/{cycle}', { params: { path: { cycle: month }, query: scope } }));
}

/** The body of a step. */
export function bodyOf(scope: Scope): { station: string | null; book: string | null; supply_no: string | null } {
  return { station: scope.station ?? null, book: scope.book ?? null, supply_no: scope.supply_no ?? null };
}

/** Progress, counts and reasons of a month's exceptions; those with less than `below` yuan at risk are light. */
export function useExceptionDesk(month: string, scope: Scope, below = '0'): Asked<ExceptionDesk> {
  return useAsk(
    ['billing', 'desk', month, scope, below],
    () => api.GET('/api/billing-runs/{cycle}/exception-desk', { params: { path: { cycle: month }, query: { ...scope, below } } }),
    { keepOld: true },
  );
}

/** What a decision about an exception changes. */
export const DECIDED = [['billing', 'exceptions'], ['billing', 'desk'], ['doubtful'], ['missing'], ['reading-orders']] as const;
