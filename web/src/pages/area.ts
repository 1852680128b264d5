import type { ComponentType } from 'react';

import type { Words } from '@/api/problem';
import type { Needs } from '@/shell/session';

/** Where a page stands in the navigation, in this order. */
export const GROUPS = {
  counter: { zh: '柜台', en: 'Counter' },
  reading: { zh: '抄表', en: 'Reading' },
  billing: { zh: '核算', en: 'Billing' },
  money: { zh: '账务', en: 'Money' },
  prices: { zh: '电价', en: 'Prices' },
  office: { zh: '管理', en: 'Office' },
} as const satisfies Record<string, Words>;

type Loaded = () => Promise<{ default: ComponentType }>;

export type Page = {
  /** `/bills/$bill_no` */
  path: string;
  title: Words;
  needs: Needs;
  load: Loaded;
  /** Absent where one comes from another page. */
  nav?: {
    group: keyof typeof GROUPS;
    /** Within its group. */
    order: number;
    icon: ComponentType;
    /** `g` and this letter go there. */
    key?: string;
  };
};

/** A part of the start page: somebody's own work of today. */
export type Card = { needs: Needs; order: number; load: Loaded };

/** What a page's folder brings, in its `page.ts`. */
export type Area = { pages: readonly Page[]; cards?: readonly Card[] };

/** Checks the shape where it is written. */
export function defineArea(area: Area): Area {
  return area;
}
