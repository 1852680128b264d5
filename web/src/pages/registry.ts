import type { ComponentType } from 'react';

import type { Area, Card, Page } from './area';

// A folder with a page.ts is on the list; there is no second place to enter it.
const found = import.meta.glob<{ default: Area }>('./*/page.ts', { eager: true });
const areas = Object.values(found).map((module) => module.default);

export const pages: readonly Page[] = areas.flatMap((area) => area.pages);
export const cards: readonly Card[] = areas.flatMap((area) => area.cards ?? []).toSorted((a, b) => a.order - b.order);

// `g` and `h` lead home. Two pages with one key would each work sometimes.
const keys = ['h', ...pages.flatMap((page) => page.nav?.key ?? [])];
const twice = keys.filter((key, at) => keys.indexOf(key) !== at);
if (twice.length > 0) {
  console.error(`two pages answer to the keys g ${twice.join(', g ')}`);
}

/** The one search of all pages, in the head: whichever area brings a `GlobalSearch.tsx`. */
export const globalSearch = Object.values(import.meta.glob<{ default: ComponentType }>('./*/GlobalSearch.tsx'))[0];

export { GROUPS, type Page } from './area';
