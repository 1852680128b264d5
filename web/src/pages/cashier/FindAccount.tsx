import { Input, type InputRef } from 'antd';
import { useEffect, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';

import { Field, Money, useTexts, useWords } from '@/ui';
import { LONGEST, useSearch, type Found } from '../customers/useSearch';

import { cashierTexts } from './texts';

const SHOWN = 8;

type Props = {
  input: RefObject<InputRef | null>;
  onFound: (supply_no: string) => void;
  /** Enter on an empty line. */
  onDone: () => void;
  error?: string | undefined;
};

/** One line for whatever the customer gives. A number that is exactly his goes in at once. */
export function FindAccount({ input, onFound, onDone, error }: Props): ReactNode {
  const texts = useTexts(cashierTexts);
  const words = useWords();
  const [line, setLine] = useState('');
  const [at, setAt] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const { found, isCurrent, problem } = useSearch(line, SHOWN);
  const items = line.trim() === '' ? [] : (found?.items ?? []);

  useEffect(() => setAt(0), [found]);

  // Enter came before the answer: the answer decides.
  useEffect(() => {
    if (!isWanted || !isCurrent) {
      return;
    }
    setWanted(false);
    const [first, second] = items;
    const isSure = first !== undefined && (second === undefined || (first.matched.how === 'exact' && second.matched.how !== 'exact'));
    if (isSure) {
      choose(first);
    }
  }, [isWanted, isCurrent, found]);

  function choose(item: Found): void {
    setLine('');
    onFound(item.supply_no);
  }

  function press(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) {
      return;
    }
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && items.length > 0) {
      setAt((at + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length);
    } else if (event.key === 'Enter') {
      const item = items[at];
      if (line.trim() === '') {
        onDone();
      } else if (!isCurrent) {
        setWanted(true);
      } else if (item !== undefined) {
        choose(item);
      }
    } else if (event.key === 'Escape' && line !== '') {
      setLine('');
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  }

  const isNobody = line.trim() !== '' && isCurrent && found !== undefined && items.length === 0;
  return (
    <div className="find-account">
      <Field label={texts.find} hint={texts.findHint} error={error ?? (isNobody ? texts.nobody : undefined)}>
        <Input
          ref={input}
          size="large"
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={line}
          maxLength={LONGEST}
          role="combobox"
          aria-expanded={items.length > 0}
          aria-controls="cashier-hits"
          aria-activedescendant={items.length > 0 ? `cashier-hit-${at}` : undefined}
          onChange={(event) => {
            setLine(event.target.value);
            setWanted(false);
          }}
          onKeyDown={press}
        />
      </Field>
      {problem === null ? null : <p className="note bad" role="alert">{words(problem.words)}</p>}
      {found?.complete === false && line.trim() !== '' ? <p className="note warn">{texts.building}</p> : null}
      <ul id="cashier-hits" role="listbox" aria-label={texts.find} className={items.length === 0 ? 'none' : ''}>
        {items.map((item, index) => (
          <li
            key={item.supply_no}
            id={`cashier-hit-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(item)}
          >
            <b>{item.name}</b>
            <span className="figure">{item.supply_no}</span>
            <span className="where">{[item.phone, item.address].filter((part) => part != null).join(' · ')}</span>
            {item.owed == null ? null : <Money value={item.owed} unit />}
          </li>
        ))}
      </ul>
    </div>
  );
}
