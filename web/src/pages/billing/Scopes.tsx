import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { Field, PageState, counted, useAsk, useTexts } from '@/ui';
import { useRights } from '@/shell/session';

import type { Book, Scope } from './desk';
import { billingTexts } from './texts';

type Counts = Pick<Book, 'accounts' | 'issued' | 'ready' | 'blocked' | 'untried'>;

type Props = { month: string; scope: Scope; onChoose: (scope: Scope) => void };

/** The bureau, its stations and their books, each with how far it has come; and a single account. */
export function Scopes({ month, scope, onChoose }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const rights = useRights();
  const books = useAsk(['billing', 'progress', month], () => api.GET('/api/billing-runs/{cycle}/progress', { params: { path: { cycle: month } } }), {
    keepOld: true,
  });
  return (
    <nav className="panel billing-scopes" aria-label={texts.scopes}>
      <PageState of={books}>
        {(books) => (
          <ul>
            {rights.everywhere('bill.read') ? (
              <Item name={texts.bureau} counts={sum(books)} isChosen={isSame(scope, {})} onChoose={() => onChoose({})} />
            ) : null}
            {stationsOf(books).map(([station, own]) => (
              <Station key={station} station={station} books={own} scope={scope} onChoose={onChoose} />
            ))}
          </ul>
        )}
      </PageState>
      <Legend />
      <Single scope={scope} onChoose={onChoose} />
    </nav>
  );
}

function Station({ station, books, scope, onChoose }: { station: string; books: Book[]; scope: Scope; onChoose: (scope: Scope) => void }): ReactNode {
  const texts = useTexts(billingTexts);
  const [isOpen, setOpen] = useState(scope.station === station && scope.book !== undefined);
  const hasBooks = books.length > 1 || books[0]?.book != null;
  return (
    <>
      <Item
        name={station}
        counts={sum(books)}
        isChosen={isSame(scope, { station })}
        onChoose={() => {
          onChoose({ station });
          setOpen(true);
        }}
        {...(hasBooks ? { isOpen, onTurn: () => setOpen(!isOpen) } : {})}
      />
      {isOpen && hasBooks
        ? books.map((book) => (
            <Item
              key={book.book ?? ''}
              name={book.book ?? texts.noBook}
              isInner
              counts={book}
              isChosen={book.book != null && isSame(scope, { station, book: book.book })}
              {...(book.book == null ? {} : { onChoose: () => onChoose({ station, book: book.book ?? '' }) })}
            />
          ))
        : null}
    </>
  );
}

type ItemProps = { name: string; counts: Counts; isChosen: boolean; isInner?: boolean; onChoose?: () => void; isOpen?: boolean; onTurn?: () => void };

function Item({ name, counts, isChosen, isInner = false, onChoose, isOpen, onTurn }: ItemProps): ReactNode {
  const texts = useTexts(billingTexts);
  const told = texts.progressOf(counts.issued, counts.ready, counts.blocked, counts.untried);
  return (
    <li className={`${isInner ? 'inner ' : ''}${isChosen ? 'chosen' : ''}`}>
      {onTurn === undefined ? (
        <span className="turn" />
      ) : (
        <button type="button" className="turn" aria-expanded={isOpen} aria-label={name} onClick={onTurn}>
          {isOpen === true ? '▾' : '▸'}
        </button>
      )}
      <button type="button" className="name" title={told} aria-current={isChosen} disabled={onChoose === undefined} onClick={onChoose}>
        <span>{name}</span>
        <span className="figure">{counted(counts.accounts)}</span>
        <Share counts={counts} told={told} />
      </button>
    </li>
  );
}

function Share({ counts, told }: { counts: Counts; told: string }): ReactNode {
  const width = (count: number) => ({ width: `${counts.accounts === 0 ? 0 : (100 * count) / counts.accounts}%` });
  return (
    <span className="share" role="img" aria-label={told}>
      <span className="issued" style={width(counts.issued)} />
      <span className="ready" style={width(counts.ready)} />
      <span className="blocked" style={width(counts.blocked)} />
    </span>
  );
}

function Legend(): ReactNode {
  const texts = useTexts(billingTexts);
  return (
    <p className="legend">
      <span className="issued" /> {texts.issuedLegend}
      <span className="ready" /> {texts.readyLegend}
      <span className="blocked" /> {texts.blockedLegend}
      <span className="untried" /> {texts.untriedLegend}
    </p>
  );
}

/** One account alone: a bill that was cancelled is issued anew there. */
function Single({ scope, onChoose }: { scope: Scope; onChoose: (scope: Scope) => void }): ReactNode {
  const texts = useTexts(billingTexts);
  const [number, setNumber] = useState(scope.supply_no ?? '');
  const isNumber = /^\d{1,16}$/.test(number.trim());
  return (
    <form
      className="single"
      onSubmit={(event) => {
        event.preventDefault();
        if (isNumber) {
          onChoose({ supply_no: number.trim() });
        }
      }}
    >
      <Field label={texts.single} hint={texts.singleHint}>
        <Input value={number} inputMode="numeric" maxLength={16} onChange={(event) => setNumber(event.target.value)} />
      </Field>
      <Button htmlType="submit" size="small" disabled={!isNumber}>
        {texts.open}
      </Button>
    </form>
  );
}

function stationsOf(books: readonly Book[]): [string, Book[]][] {
  const stations = new Map<string, Book[]>();
  books.forEach((book) => stations.set(book.station, [...(stations.get(book.station) ?? []), book]));
  return [...stations];
}

function sum(books: readonly Counts[]): Counts {
  const none = { accounts: 0, issued: 0, ready: 0, blocked: 0, untried: 0 };
  return books.reduce(
    (all, book) => ({
      accounts: all.accounts + book.accounts,
      issued: all.issued + book.issued,
      ready: all.ready + book.ready,
      blocked: all.blocked + book.blocked,
      untried: all.untried + book.untried,
    }),
    none,
  );
}

function isSame(a: Scope, b: Scope): boolean {
  return a.station === b.station && a.book === b.book && a.supply_no === b.supply_no;
}
