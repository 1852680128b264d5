import { Input, type InputRef } from 'antd';
import type { ReactNode, RefObject } from 'react';

import { Field, Money, useTexts, useWords } from '@/ui';
import { useFinder } from '../customers/useFinder';

import { cashierTexts } from './texts';

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
  const finder = useFinder({ onFound: ({ supply_no }) => onFound(supply_no), onElse: onDone });
  const { items, problem } = finder;
  return (
    <div className="find-account">
      <Field label={texts.find} hint={texts.findHint} error={error ?? (finder.isNobody ? texts.nobody : undefined)}>
        <Input {...finder.input} ref={input} size="large" autoFocus aria-expanded={items.length > 0} />
      </Field>
      {problem === null ? null : <p className="note bad" role="alert">{words(problem.words)}</p>}
      {finder.isBuilding ? <p className="note warn">{texts.building}</p> : null}
      <ul {...finder.list} aria-label={texts.find} className={items.length === 0 ? 'none' : ''}>
        {items.map((item, at) => (
          <li key={item.supply_no} {...finder.option(at)}>
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
