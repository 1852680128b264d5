import { Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { MonthInput } from '@/forms/inputs';
import { useRights, useSession } from '@/shell/session';
import { ActButton, DataTable, Day, Field, PageHead, PageState, counted, monthAfter, today, useAct, useAsk, usePages, useQueryState, useSay, useTexts, useWords, type Column } from '@/ui';

import { ReportLink, StateTag, WorkActs, WorkProgress } from '../long-work/parts';
import { Files } from './Files';
import { printingTexts } from './texts';

type Run = Schema<'PrintRun'>;

/** Prints the bills of a month as long work, and hands the files out. */
export default function Printing(): ReactNode {
  const texts = useTexts(printingTexts);
  const [query, change] = useQueryState();
  const runs = usePages(
    ['print-runs'],
    (before) => api.GET('/api/print-runs', { params: { query: before === undefined ? { limit: 50 } : { before, limit: 50 } } }),
    { everyMs: 2000, keepOld: true },
  );
  const count = (number: number) => counted(number);
  const columns: Column<Run>[] = [
    { key: 'scope', title: texts.scope, show: (run) => <span className="figure">{scopeOf(run)}</span> },
    { key: 'state', title: texts.state, width: 90, show: (run) => <StateTag state={run.state} /> },
    {
      key: 'printed',
      title: texts.printed,
      align: 'right',
      show: (run) => <span className="figure">{`${count(run.printed_bills)} / ${count(run.bills)}`}</span>,
    },
    {
      key: 'left',
      title: texts.left,
      align: 'right',
      show: (run) => (run.left === 0 ? '' : <span className="tag warn">{count(run.left)}</span>),
    },
    { key: 'by', title: texts.by, minor: true, show: (run) => run.asked_by },
    { key: 'on', title: texts.on, show: (run) => <Day value={run.asked_on} /> },
  ];
  const chosen = runs.rows.find((run) => run.id === query.run);
  return (
    <>
      <PageHead title={texts.title} about={texts.about} />
      <AskRun onAsked={(run) => change({ run: run.id })} />
      <section className="panel">
        <h2>{texts.runs}</h2>
        <DataTable
          label={texts.runs}
          columns={columns}
          rows={runs}
          rowKey={(run) => run.id}
          empty={texts.noRuns}
          onChoose={(run) => change({ run: run.id })}
          chosen={query.run}
        />
      </section>
      {chosen === undefined ? null : <Chosen run={chosen} />}
    </>
  );
}

function scopeOf(run: Run): string {
  return [run.cycle, run.station, run.book].filter((part) => part != null).join(' ');
}

function AskRun({ onAsked }: { onAsked: (run: Run) => void }): ReactNode {
  const texts = useTexts(printingTexts);
  const rights = useRights();
  const say = useSay();
  const everywhere = rights.everywhere('bill.print');
  const [month, setMonth] = useState(monthAfter(today().slice(0, 7), -1));
  const [station, setStation] = useState('');
  const [book, setBook] = useState('');
  const [language, setLanguage] = useState('zh');
  const progress = useAsk(['billing', 'progress', month], () => api.GET('/api/billing-runs/{cycle}/progress', { params: { path: { cycle: month } } }));
  const books = progress.data ?? [];
  const stations = [...new Set(books.map((line) => line.station))];
  const here = station === '' && !everywhere ? (stations[0] ?? '') : station;
  const inScope = books.filter((line) => (here === '' || line.station === here) && (book === '' || line.book === book));
  const issued = inScope.reduce((all, line) => all + line.issued, 0);
  const ask = useAct(
    (body: Schema<'PrintWish'>, header) => api.POST('/api/print-runs', { params: { header }, body }),
    {
      name: 'print-run',
      refresh: [['print-runs'], ['work']],
      fields: ['cycle', 'station', 'book'],
      done: (run: Run) => {
        say.done(texts.begun);
        onAsked(run);
      },
    },
  );
  const told = progress.isPending ? texts.counting : issued === 0 ? texts.nothing : texts.issued(counted(issued));
  return (
    <section className="panel">
      <h2>{texts.ask}</h2>
      <div className="row">
        <Field label={texts.month} width={130} error={ask.at('cycle')}>
          <MonthInput value={month} onChange={(value) => value !== null && setMonth(value)} allowClear={false} autoFocus />
        </Field>
        <Field label={texts.station} width={150} error={ask.at('station')}>
          <Select
            value={here}
            options={[...(everywhere ? [{ value: '', label: texts.allStations }] : []), ...stations.map((code) => ({ value: code, label: code }))]}
            onChange={(value) => {
              setStation(value);
              setBook('');
            }}
          />
        </Field>
        <Field label={texts.book} width={150} error={ask.at('book')}>
          <Select
            value={book}
            showSearch
            disabled={here === ''}
            options={[
              { value: '', label: texts.allBooks },
              ...books.flatMap((line) => (line.station === here && line.book != null ? [{ value: line.book, label: line.book }] : [])),
            ]}
            onChange={setBook}
          />
        </Field>
        <Field label={texts.language} width={150}>
          <Select
            value={language}
            options={[
              { value: 'zh', label: texts.chinese },
              { value: 'en', label: texts.english },
            ]}
            onChange={setLanguage}
          />
        </Field>
        <ActButton
          does={texts.begin}
          type="primary"
          keys="ctrl+Enter"
          loading={ask.isRunning}
          notNow={issued === 0 ? told : undefined}
          onAct={() => ask.run({ cycle: month, station: here === '' ? null : here, book: book === '' ? null : book, language })}
        />
        <span aria-live="polite">{told}</span>
      </div>
    </section>
  );
}

function Chosen({ run }: { run: Run }): ReactNode {
  const texts = useTexts(printingTexts);
  const session = useSession();
  const rights = useRights();
  const mayAsk = run.asked_by === session.login || rights.has('work.manage');
  const work = useAsk(['work', run.id], () => api.GET('/api/long-work/{id}', { params: { path: { id: run.id } } }), { everyMs: 1500, when: mayAsk });
  const words = useWords();
  // Who prints sees the files of others too; their work he may neither see nor stop.
  const isOfAnother = !mayAsk || work.problem?.status === 404;
  return (
    <section className="panel">
      {isOfAnother ? <h2>{texts.chosen(scopeOf(run))}</h2> : null}
      <PageState of={isOfAnother ? { isPending: false, problem: null } : work}>
        {(work) => (
          <>
            <header>
              <h2>{texts.chosen(scopeOf(run))}</h2>
              <span className="stretch" />
              <ReportLink work={work} />
              <WorkActs work={work} />
            </header>
            <WorkProgress work={work} />
            {work.failure == null ? null : (
              <p className="note bad" role="alert">
                {words(work.failure.message)} <span className="code">{work.failure.code}</span>
              </p>
            )}
          </>
        )}
      </PageState>
      {run.left === 0 ? null : <p className="note warn">{texts.leftNote(counted(run.left))}</p>}
      <Files id={run.id} printed={run.printed_files} />
    </section>
  );
}
