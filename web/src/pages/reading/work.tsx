import { Input, Segmented } from 'antd';
import type { ReactNode } from 'react';

import { MonthInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Field, GoTo, monthAfter, today, useQueryState, useTexts } from '@/ui';

import { kindTexts, readingTexts, registerTexts } from './texts';

/** The month that is worked on, and where: in the address, the same on every page of the workbench. */
export type Work = {
  month: string;
  station: string | undefined;
  book: string | undefined;
  query: Record<string, string | undefined>;
  change: (change: Record<string, string | undefined>) => void;
};

/** Bills are made of the month that has ended. */
export function lastMonth(): string {
  return monthAfter(today().slice(0, 7), -1);
}

export function useWork(): Work {
  const [query, change] = useQueryState();
  const filled = (text: string | undefined) => (text === undefined || text === '' ? undefined : text);
  return { month: query.month ?? lastMonth(), station: filled(query.station), book: filled(query.book), query, change };
}

/** Month, station and book. */
export function WorkBar({ work, children }: { work: Work; children?: ReactNode }): ReactNode {
  const texts = useTexts(readingTexts);
  return (
    <search className="row work-bar" aria-label={texts.filters}>
      <Field label={texts.month} inline>
        <MonthInput value={work.month} allowClear={false} onChange={(month) => month !== null && work.change({ month })} />
      </Field>
      <Field label={texts.station} inline>
        <LateInput value={work.station ?? ''} placeholder={texts.all} onGiven={(station) => work.change({ station })} />
      </Field>
      <Field label={texts.book} inline>
        <LateInput value={work.book ?? ''} placeholder={texts.all} onGiven={(book) => work.change({ book })} />
      </Field>
      {children}
    </search>
  );
}

type LateProps = { id?: string; value: string; placeholder: string; onGiven: (text: string | undefined) => void };

/** Given with Enter, on leaving the field, or cleared. */
function LateInput({ value, onGiven, ...rest }: LateProps): ReactNode {
  const give = (text: string) => {
    const given = text.trim();
    if (given !== value) {
      onGiven(given === '' ? undefined : given);
    }
  };
  return (
    <Input
      {...rest}
      key={value}
      defaultValue={value}
      allowClear
      style={{ width: 120 }}
      onPressEnter={(event) => give(event.currentTarget.value)}
      onBlur={(event) => give(event.target.value)}
      onClear={() => give('')}
    />
  );
}

/** Keys go on in the list when what was filled in beside it is closed. */
export function backToTable(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.workbench table[role="grid"]')?.focus({ preventScroll: true }));
}

/** The way to the other pages of the workbench with the same month, station and book. */
export function WorkLinks({ work }: { work: Work }): ReactNode {
  const texts = useTexts(readingTexts);
  const rights = useRights();
  const query: Record<string, string> = { month: work.month };
  if (work.station !== undefined) {
    query.station = work.station;
  }
  if (work.book !== undefined) {
    query.book = work.book;
  }
  const links = [
    ['/reading/books', texts.progress],
    ['/reading/doubtful', texts.doubtful],
    ['/reading/missing', texts.missing],
    ['/reading/orders', texts.orders],
  ] as const;
  return (
    <nav className="row" aria-label={texts.keysTitle}>
      {links.map(([to, title]) => (
        <GoTo key={to} to={to} query={query}>
          {title}
        </GoTo>
      ))}
      {rights.has('reading.import') ? (
        <GoTo to="/imports" query={{ kind: 'readings' }}>
          {texts.importReadings}
        </GoTo>
      ) : null}
    </nav>
  );
}

/** Two or three words of which one is chosen; kept in the address. */
export function Choice<Word extends string>({
  label,
  value,
  words,
  onChoose,
}: {
  label: string;
  value: Word;
  words: readonly { value: Word; label: string }[];
  onChoose: (word: Word) => void;
}): ReactNode {
  return <Segmented aria-label={label} size="small" value={value} options={[...words]} onChange={(word) => onChoose(word as Word)} />;
}

/** Estimated states are marked wherever they stand. */
export function KindTag({ kind }: { kind: string }): ReactNode {
  const texts = useTexts(kindTexts);
  const word = kind in texts ? texts[kind as keyof typeof texts] : kind;
  return kind === 'estimated' ? <span className="tag warn">{word}</span> : <span>{word}</span>;
}

export function useRegisterWord(): (register: string) => string {
  const texts = useTexts(registerTexts);
  return (register) => (register in texts ? texts[register as keyof typeof texts] : register);
}
