import { useSyncExternalStore } from 'react';

import type { Words } from '@/api/problem';

/** The two languages of the house. */
export type Language = 'zh' | 'en';

const KEPT = 'gridhall.language';
const listeners = new Set<() => void>();
let language: Language = preferred();
mark();

/** What was chosen in this browser; else the first of its languages that is one of ours; else Chinese. */
function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  const wanted = kept === null ? navigator.languages : [kept];
  return wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'zh' || tag === 'en') ?? 'zh';
}

export function currentLanguage(): Language {
  return language;
}

export function chooseLanguage(chosen: Language): void {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  mark();
  listeners.forEach((listener) => listener());
}

function mark(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLanguage(): Language {
  return useSyncExternalStore(listen, currentLanguage);
}

type Phrase = string | ((...parts: never[]) => string);
type Phrases = Record<string, Phrase>;
type SameKeys<Z extends Phrases> = { [Key in keyof Z]: Z[Key] extends string ? string : Z[Key] };

export type Texts<Z extends Phrases> = { zh: SameKeys<Z>; en: SameKeys<Z> };

/**
 * The texts of a page, in its `texts.ts`. A phrase is a string, or a function where something stands
 * in the middle; a phrase that one language lacks does not compile.
 */
export function defineTexts<const Z extends Phrases>(texts: { zh: Z; en: SameKeys<Z> }): Texts<Z> {
  return texts as Texts<Z>;
}

export function useTexts<Z extends Phrases>(texts: Texts<Z>): SameKeys<Z> {
  return texts[useLanguage()];
}

/** Words that come from the server in both languages. */
export function useWords(): (words: Words) => string {
  const chosen = useLanguage();
  return (words) => words[chosen];
}
