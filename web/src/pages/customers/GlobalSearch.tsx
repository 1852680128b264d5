import { SearchOutlined } from '@ant-design/icons';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { Money, useGo, useTexts } from '@/ui';
import { useRights } from '@/shell/session';

import { Matched } from './Matched';
import { findTexts } from './texts';
import { useOpenFound } from './opening';
import { LONGEST, useSearch, type Found } from './useSearch';
import './customers.css';

const SHOWN = 8;

/** The search of the whole program, in the head: type, ↓, Enter. Focus by `/` or Ctrl+K. */
export default function GlobalSearch(): ReactNode {
  const rights = useRights();
  return rights.has('archive.read') ? <Box /> : null;
}

function Box(): ReactNode {
  const texts = useTexts(findTexts);
  const go = useGo();
  const openFound = useOpenFound();
  const [line, setLine] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const { found, isCurrent } = useSearch(line, SHOWN);
  const items = line.trim() === '' ? [] : (found?.items ?? []);
  const hasList = isOpen && line.trim() !== '' && found !== undefined;

  useEffect(() => setAt(0), [found]);

  // Enter came before the answer: the answer decides.
  useEffect(() => {
    if (!isWanted || !isCurrent) {
      return;
    }
    setWanted(false);
    const [first, second] = items;
    if (first !== undefined && (second === undefined || (first.matched.how === 'exact' && second.matched.how !== 'exact'))) {
      open(first);
    }
  }, [isWanted, isCurrent, found]);

  function open(item: Found): void {
    leave();
    openFound(item);
  }

  function showAll(): void {
    const query = { q: line.trim() };
    leave();
    go({ to: '/customers', query });
  }

  function leave(): void {
    setLine('');
    setOpen(false);
    input.current?.blur();
  }

  function press(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const last = items.length;
      setAt((at + (event.key === 'ArrowDown' ? 1 : last)) % (last + 1));
    } else if (event.key === 'Enter') {
      const item = items[at];
      if (!isCurrent) {
        setWanted(true);
      } else if (item !== undefined) {
        open(item);
      } else if (line.trim() !== '') {
        showAll();
      }
    } else if (event.key === 'Escape') {
      if (line === '') {
        input.current?.blur();
      }
      setLine('');
      setOpen(false);
    } else {
      return;
    }
    event.preventDefault();
  }

  return (
    <div className="global-search" onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}>
      <SearchOutlined aria-hidden="true" />
      <input
        ref={input}
        value={line}
        maxLength={LONGEST}
        placeholder={`${texts.hint}  ( / )`}
        aria-label={texts.box}
        role="combobox"
        aria-expanded={hasList}
        aria-controls={`${id}-list`}
        aria-activedescendant={hasList && items.length > 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        onFocus={() => setOpen(true)}
        onChange={(event) => {
          setLine(event.target.value);
          setOpen(true);
          setWanted(false);
        }}
        onKeyDown={press}
      />
      {hasList ? (
        <div className="found-list">
          {found.complete ? null : <p className="note warn">{texts.building}</p>}
          {items.length === 0 && isCurrent ? <p className="nobody" role="status">{texts.none}</p> : null}
          <ul id={`${id}-list`} role="listbox" aria-label={texts.box}>
            {items.map((item, index) => (
              <li
                key={item.supply_no}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === at}
                onMouseDown={(event) => event.preventDefault()}
                onMouseEnter={() => setAt(index)}
                onClick={() => open(item)}
              >
                <span className="who">
                  <b>{item.name}</b> <span className="figure">{item.supply_no}</span>
                </span>
                <span className="owes">{item.owed === null || item.owed === undefined || item.owed === '0.00' ? null : <Money value={item.owed} unit />}</span>
                <span className="where">{[item.phone, item.address].filter((part) => part != null).join(' · ')}</span>
                <Matched of={item.matched} />
              </li>
            ))}
            {items.length === 0 ? null : (
              <li
                id={`${id}-${items.length}`}
                className="all"
                role="option"
                aria-selected={at === items.length}
                onMouseDown={(event) => event.preventDefault()}
                onMouseEnter={() => setAt(items.length)}
                onClick={showAll}
              >
                {texts.all}
              </li>
            )}
          </ul>
        </div>
      ) : null}
    </div>
  );
}
