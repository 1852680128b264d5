import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Place = { to: string; params?: Record<string, string>; query?: Record<string, string | number | undefined> };

/** A link to a page: `<GoTo to="/bills/$bill_no" params={{ bill_no }}>`. */
export function GoTo({ to, params, query, children, className }: Place & { children: ReactNode; className?: string | undefined }): ReactNode {
  return (
    <Link to={to} params={params ?? {}} search={(query ?? {}) as never} className={className}>
      {children}
    </Link>
  );
}

/** Goes to a page. */
export function useGo(): (place: Place & { replace?: boolean }) => void {
  const navigate = useNavigate();
  return ({ to, params, query, replace }) => void navigate({ to, params: params ?? {}, search: (query ?? {}) as never, replace: replace ?? false });
}

/** A word of the page's path. */
export function usePart(name: string): string {
  const parts = useParams({ strict: false }) as Record<string, string>;
  return parts[name] ?? '';
}

/**
 * What the page shows, in the address: filters, the chosen row. It survives loading again, and the
 * address can be sent to a colleague.
 */
export function useQueryState(): [Record<string, string | undefined>, (change: Record<string, string | undefined>) => void] {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const texts = Object.fromEntries(Object.entries(search).map(([key, value]) => [key, value === undefined ? undefined : String(value)]));
  const change = (changed: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: ((old: Record<string, unknown>) => ({ ...old, ...changed })) as never, replace: true });
  return [texts, change];
}
