import { createContext, useContext } from 'react';

import type { Schema } from '@/api/client';

export type Session = Schema<'WhoAmI'>;

/** Rights of which one is enough; an empty list is for everybody who has signed in. */
export type Needs = readonly string[];

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) {
    throw new Error('a page stands outside the session');
  }
  return session;
}

export type Rights = {
  /** Whether he has the right somewhere. */
  has: (right: string) => boolean;
  hasOne: (needs: Needs) => boolean;
  /** Whether he has the right over the whole bureau. */
  everywhere: (right: string) => boolean;
  /** Codes of the stations that the right reaches; null: the whole bureau. */
  stations: (right: string) => string[] | null;
};

/** What the person may do. The server decides; pages only spare him what it would refuse. */
export function useRights(): Rights {
  return rightsOf(useSession());
}

export function rightsOf({ rights }: Session): Rights {
  const of = (right: string) => rights.filter((given) => given.right === right);
  const has = (right: string) => of(right).length > 0;
  const stations = (right: string) => {
    const given = of(right);
    return given.some((one) => one.stations == null) ? null : given.flatMap((one) => one.stations ?? []);
  };
  return {
    has,
    hasOne: (needs) => needs.length === 0 || needs.some(has),
    everywhere: (right) => has(right) && stations(right) === null,
    stations,
  };
}
