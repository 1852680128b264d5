import { SearchOutlined } from '@ant-design/icons';
import { useRef, useState, type ReactNode } from 'react';

import { Money, useGo, useTexts } from '@/ui';
import { useRights } from '@/shell/session';

import { Matched } from './Matched';
import { findTexts } from './texts';
import { useOpenFound } from './opening';
import { useFinder } from './useFinder';
import './customers.css';

/** The search of the whole program, in the head: type, ↓, Enter. Focus by `/` or Ctrl+K. */
export default function GlobalSearch(): ReactNode {
  const rights = useRights();
  return rights.has('archive.read') ? <Box /> : null;
}

function Box(): ReactNode {
  const texts = useTexts(findTexts);
  const go = useGo();
  const openFound = useOpenFound();
  const [isOpen, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const finder = useFinder({
    onFound: (customer) => {
      leave();
      openFound(customer);
    },
    onElse: (line) => {
      if (line !== '') {
        leave();
        go({ to: '/customers', query: { q: line } });
      }
    },
    hasRowBelow: true,
    onLeave: leave,
  });
  const { items } = finder;
  const hasList = isOpen && finder.found !== undefined;

  function leave(): void {
    setOpen(false);
    input.current?.blur();
  }

  return (
    <div
      className="global-search"
      onInput={() => setOpen(true)}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}
    >
      <SearchOutlined aria-hidden="true" />
      <input
        {...finder.input}
        ref={input}
        placeholder={`${texts.hint}  ( / )`}
        aria-label={texts.box}
        aria-expanded={hasList}
        onFocus={() => setOpen(true)}
      />
      {hasList ? (
        <div className="found-list">
          {finder.isBuilding ? <p className="note warn">{texts.building}</p> : null}
          {finder.isNobody ? <p className="nobody" role="status">{texts.none}</p> : null}
          <ul {...finder.list} aria-label={texts.box}>
            {items.map((item, at) => (
              <li key={item.supply_no} {...finder.option(at)}>
                <span className="who">
                  <b>{item.name}</b> <span className="figure">{item.supply_no}</span>
                </span>
                <span className="owes">{item.owed === null || item.owed === undefined || item.owed === '0.00' ? null : <Money value={item.owed} unit />}</span>
                <span className="where">{[item.phone, item.address].filter((part) => part != null).join(' · ')}</span>
                <Matched of={item.matched} />
              </li>
            ))}
            {items.length === 0 ? null : (
              <li className="all" {...finder.option(items.length)}>
                {texts.all}
              </li>
            )}
          </ul>
        </div>
      ) : null}
    </div>
  );
}
