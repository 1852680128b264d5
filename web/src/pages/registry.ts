import type { ComponentType } from 'react';

import type { Area, Card, Page } from './area';

// A folder with a page.ts is on the list; there is no second place to enter it.
const found = import.meta.glob<{ default: Area }>('./*/page.ts', { eager: true });
const areas = Object.values(found).map((module) => module.default);

export const pages: readonly Page[] = areas.flatMap((area) => area.pages);
export const cards: readonly Card[] = areas.flatMap((area) => area.cards ?? []).toSorted((a, b) => a.order - b.order);

/** The one search of all pages, in the head: whichever area brings a `GlobalSearch.tsx`. */
export const globalSearch = Object.values(import.meta.glob<{ default: ComponentType }>('./*/GlobalSearch.tsx'))[0];

export { GROUPS, type Page } from './area';
