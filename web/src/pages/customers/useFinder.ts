import { useEffect, useId, useState, type KeyboardEvent } from 'react';

import type { Problem } from '@/api/problem';
import type { Schema } from '@/api/client';

import { LONGEST, useSearch, type Found } from './useSearch';

const SHOWN = 8;

type Wishes = {
  onFound: (customer: Found) => void;
  /** Enter where no customer stands: on an empty line, or on the row below the last. */
  onElse: (line: string) => void;
  /** Whether below the customers there is one row more. */
  hasRowBelow?: boolean;
  /** Escape on an empty line; without it that Escape belongs to the page. */
  onLeave?: () => void;
};

type Finder = {
  line: string;
  items: readonly Found[];
  found: Schema<'SearchAnswer'> | undefined;
  problem: Problem | null;
  /** The search has answered, and there is nobody of this line. */
  isNobody: boolean;
  /** Only numbers are found for now. */
  isBuilding: boolean;
  clear: () => void;
  input: object;
  list: { id: string; role: 'listbox' };
  option: (at: number) => object;
};

/**
 * A line that finds customers and the list below it, for the keys: arrows choose, Enter takes. Enter may come
 * before the answer: then the answer decides, and takes whoever is beyond doubt.
 */
export function useFinder({ onFound, onElse, hasRowBelow = false, onLeave }: Wishes): Finder {
  const [line, setLine] = useState('');
  const [at, setAt] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const id = useId();
  const { found, isCurrent, problem } = useSearch(line, SHOWN);
  const told = line.trim();
  const items = told === '' ? [] : (found?.items ?? []);
  const rows = items.length + (hasRowBelow ? 1 : 0);

  useEffect(() => setAt(0), [found]);

  useEffect(() => {
    if (!isWanted || !isCurrent) {
      return;
    }
    setWanted(false);
    const [first, second] = items;
    if (first !== undefined && (second === undefined || (first.matched.how === 'exact' && second.matched.how !== 'exact'))) {
      take(first);
    }
  }, [isWanted, isCurrent, found]);

  function take(customer: Found): void {
    setLine('');
    onFound(customer);
  }

  function choose(row: number): void {
    const customer = items[row];
    if (customer === undefined) {
      setLine('');
      onElse(told);
    } else {
      take(customer);
    }
  }

  function enter(): void {
    if (told !== '' && !isCurrent) {
      setWanted(true);
    } else if (told === '' || at < rows) {
      choose(at);
    }
  }

  function press(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && rows > 0) {
      setAt((at + (event.key === 'ArrowDown' ? 1 : rows - 1)) % rows);
    } else if (event.key === 'Enter') {
      enter();
    } else if (event.key === 'Escape' && line !== '') {
      setLine('');
    } else if (event.key === 'Escape' && onLeave !== undefined) {
      onLeave();
    } else {
      return;
    }
    event.preventDefault();
  }

  return {
    line,
    items,
    found: told === '' ? undefined : found,
    problem,
    isNobody: told !== '' && isCurrent && found !== undefined && items.length === 0,
    isBuilding: told !== '' && found?.complete === false,
    clear: () => setLine(''),
    input: {
      value: line,
      maxLength: LONGEST,
      role: 'combobox',
      'aria-controls': `${id}-list`,
      'aria-activedescendant': items.length > 0 ? `${id}-${at}` : undefined,
      'aria-autocomplete': 'list',
      autoComplete: 'off',
      spellCheck: false,
      onChange: (event: { target: { value: string } }) => {
        setLine(event.target.value);
        setWanted(false);
      },
      onKeyDown: press,
    },
    list: { id: `${id}-list`, role: 'listbox' },
    option: (row) => ({
      id: `${id}-${row}`,
      role: 'option',
      'aria-selected': row === at,
      // The focus stays in the line.
      onMouseDown: (event: { preventDefault: () => void }) => event.preventDefault(),
      onMouseEnter: () => setAt(row),
      onClick: () => choose(row),
    }),
  };
}
