import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, GoTo, PageHead, useGo, usePages, useTexts, type Column } from '@/ui';

import { BookForm } from './BookForm';
import { readingTexts } from './texts';
import { WorkBar, WorkLinks, useWork, type Work } from './work';

type Book = Schema<'BookProgress'>;

/** How far each book has come in the month. Enter goes to its doubtful readings. */
export default function Progress(): ReactNode {
  const texts = useTexts(readingTexts);
  const work = useWork();
  const go = useGo();
  const rights = useRights();
  const [chosen, setChosen] = useState<string>();
  const [edited, setEdited] = useState<string>();
  const { month, station } = work;
  const books = usePages(['reading-progress', month, station], (after) =>
    api.GET('/api/reading-months/{month}/books', {
      params: { path: { month }, query: { limit: 200, ...(station === undefined ? {} : { station }), ...(after === undefined ? {} : { after }) } },
    }),
  );
  const rows = work.book === undefined ? books.rows : books.rows.filter((row) => row.book === work.book);
  const row = rows.find((row) => row.book === chosen) ?? rows[0];
  return (
    <>
      <PageHead title={texts.progress} about={texts.progressAbout}>
        <WorkLinks work={work} />
        {rights.has('book.manage') && row !== undefined && row.book !== '' ? (
          <ActButton does={texts.editBook} keys="b" onAct={() => setEdited(row.book)} />
        ) : null}
      </PageHead>
      <WorkBar work={work} />
      {edited === undefined ? null : <BookForm key={edited} code={edited} onClose={() => setEdited(undefined)} />}
      <DataTable
        label={texts.progress}
        columns={useColumns(work)}
        rows={{ ...books, rows }}
        rowKey={(row) => row.book}
        chosen={row?.book}
        onChoose={(row) => setChosen(row.book)}
        autoFocus
        empty={texts.noBooks}
        onOpen={(row) => go({ to: '/reading/doubtful', query: { month, book: row.book } })}
        foot={rows.length > 1 ? <Sum rows={rows} /> : undefined}
      />
    </>
  );
}

function useColumns(work: Work): readonly Column<Book>[] {
  const texts = useTexts(readingTexts);
  const { month } = work;
  const to = (page: string, book: string, count: number) =>
    count === 0 ? <span className="figure absent">0</span> : <GoTo to={page} query={{ month, book }} className="figure">{count}</GoTo>;
  const figure = (count: number) => <span className="figure">{count}</span>;
  return [
    { key: 'book', title: texts.book, show: (row) => (row.book === '' ? texts.noBook : row.book) },
    {
      key: 'name',
      title: texts.name,
      show: (row) => (row.on_record ? row.name : row.book === '' ? '' : <span className="tag warn">{texts.notOnRecord}</span>),
    },
    { key: 'station', title: texts.station, show: (row) => row.station, minor: true },
    { key: 'reader', title: texts.reader, show: (row) => row.reader, minor: true },
    {
      key: 'due',
      title: texts.dueOn,
      show: (row) => (row.is_due ? <Day value={row.due_on} /> : <span className="tag">{texts.notDue}</span>),
    },
    { key: 'points', title: texts.points, show: (row) => figure(row.usage_points), align: 'right', minor: true },
    { key: 'registers', title: texts.registers, show: (row) => figure(row.registers), align: 'right' },
    { key: 'read', title: texts.read, show: (row) => figure(row.read), align: 'right' },
    { key: 'share', title: texts.share, show: (row) => <Share share={row.share} off={!row.is_due} />, width: 190 },
    { key: 'missing', title: texts.missingCount, show: (row) => to('/reading/missing', row.book, row.missing), align: 'right' },
    { key: 'undecided', title: texts.undecided, show: (row) => to('/reading/doubtful', row.book, row.undecided), align: 'right' },
    { key: 'estimated', title: texts.estimated, show: (row) => figure(row.estimated), align: 'right', minor: true },
    { key: 'orders', title: texts.ordersOpen, show: (row) => to('/reading/orders', row.book, row.orders), align: 'right', minor: true },
  ];
}

/** Hundredths of a percent, as the server rounds them down: only a whole book shows 100. */
function percent(share: number): string {
  const whole = Math.floor(share / 100);
  const rest = share % 100;
  return rest === 0 ? `${whole}%` : `${whole}.${String(rest).padStart(2, '0')}%`;
}

function Share({ share, off = false }: { share: number; off?: boolean }): ReactNode {
  const tone = off ? 'off' : share === 10_000 ? 'good' : share < 9_000 ? 'warn' : '';
  return (
    <span className="share">
      <progress className={tone} max={10_000} value={share} aria-label={percent(share)} />
      <span className="figure">{percent(share)}</span>
    </span>
  );
}

function Sum({ rows }: { rows: readonly Book[] }): ReactNode {
  const texts = useTexts(readingTexts);
  const sum = (of: (row: Book) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const [registers, read] = [sum((row) => row.registers), sum((row) => row.read)];
  const cell = (value: number, minor = false) => <td className={`right figure${minor ? ' minor' : ''}`}>{value}</td>;
  return (
    <tr>
      <th scope="row" colSpan={2}>
        {texts.total}
      </th>
      <td className="minor" />
      <td className="minor" />
      <td />
      {cell(sum((row) => row.usage_points), true)}
      {cell(registers)}
      {cell(read)}
      <td>
        <Share share={registers === 0 ? 10_000 : Math.floor((read * 10_000) / registers)} />
      </td>
      {cell(sum((row) => row.missing))}
      {cell(sum((row) => row.undecided))}
      {cell(sum((row) => row.estimated), true)}
      {cell(sum((row) => row.orders), true)}
    </tr>
  );
}
