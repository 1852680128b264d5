import { useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Progress } from 'antd';
import { useRef, useState, type ReactNode } from 'react';

import { api, ask, askFile, type Schema } from '@/api/client';
import { asProblem, type Problem, type Words } from '@/api/problem';
import { DataTable, Instant, PageHead, ProblemNote, useAct, useAsk, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { REFRESH } from './deciding';
import { readingTexts } from './texts';

type Work = Schema<'Work'>;
type Row = { row: number; field: string; code: string; verdict: string; message: Words };
type Outcome = {
  loaded: number;
  unchanged: number;
  doubtful: number;
  refused: number;
  kept: boolean;
  dry_run: boolean;
  findings: Row[];
  findings_in_report: number;
};

const AT_REST = ['stopped', 'done', 'failed'];

/** Readings by file: tried first, then loaded, with what is wrong row by row. */
export default function Import(): ReactNode {
  const texts = useTexts(readingTexts);
  const [query, change] = useQueryState();
  const [file, setFile] = useState<File>();
  const [isWhole, setWhole] = useState(false);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const input = useRef<HTMLInputElement>(null);

  async function send(isTry: boolean): Promise<void> {
    if (file === undefined) {
      input.current?.focus();
      return;
    }
    setSending(true);
    setProblem(null);
    try {
      const work = await upload(file, isTry, isWhole);
      change({ work: work.id });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setSending(false);
    }
  }

  return (
    <>
      <PageHead title={texts.importTitle} about={texts.importAbout} />
      <section className="panel">
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            void send(true);
          }}
        >
          <label className="file-choice">
            <span>{texts.chooseFile}</span>
            <input ref={input} type="file" accept=".csv,text/csv" autoFocus onChange={(event) => setFile(event.target.files?.[0])} />
          </label>
          <Checkbox checked={isWhole} onChange={(event) => setWhole(event.target.checked)}>
            {texts.allOrNothing}
          </Checkbox>
          <Button htmlType="submit" type="primary" loading={isSending} disabled={file === undefined}>
            {texts.dryRun}
          </Button>
          <Button loading={isSending} disabled={file === undefined} onClick={() => void send(false)}>
            {texts.beginImport}
          </Button>
        </form>
        {problem === null ? null : <ProblemNote problem={problem} />}
      </section>
      {query.work === undefined ? null : <Watch key={query.work} id={query.work} />}
      <Earlier onOpen={(work) => change({ work })} />
    </>
  );
}

/** The body is the file as it is; the same file in the same way is sent once, however often it is clicked. */
async function upload(file: File, isTry: boolean, isWhole: boolean): Promise<Work> {
  const key = `readings-${isTry}-${isWhole}-${file.size}-${file.lastModified}-${Date.now().toString(36)}`;
  return ask(
    api.POST('/api/imports/{kind}', {
      params: {
        path: { kind: 'readings' },
        query: { dry_run: isTry, all_or_nothing: isWhole, name: file.name },
        header: { 'Idempotency-Key': key },
      },
      body: file as unknown as string,
      bodySerializer: (body) => body as unknown as Blob,
      headers: { 'Content-Type': 'text/csv' },
    }),
  );
}

/** One import: how far it is, then what it came to. */
function Watch({ id }: { id: string }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const queries = useQueryClient();
  const [isAtRest, setAtRest] = useState(false);
  const work = useAsk(
    ['work', id],
    async () => {
      const answer = await api.GET('/api/long-work/{id}', { params: { path: { id } } });
      if (answer.data !== undefined && AT_REST.includes(answer.data.state)) {
        setAtRest(true);
        REFRESH.forEach((queryKey) => void queries.invalidateQueries({ queryKey }));
        void queries.invalidateQueries({ queryKey: ['work-list'] });
      }
      return answer;
    },
    { everyMs: isAtRest ? 0 : 700 },
  );
  const stop = useAct((_: null, header) => api.POST('/api/long-work/{id}/stop', { params: { path: { id }, header }, body: { reason: null } }), {
    name: `stop ${id}`,
    refresh: [['work', id]],
  });
  if (work.data === undefined) {
    return work.problem === null ? null : <ProblemNote problem={work.problem} onRetry={work.refetch} />;
  }
  const { state, subject, done, of, outcome, failure, report } = work.data;
  const share = of == null || of === 0 ? 0 : Math.floor((done * 100) / of);
  return (
    <section className="panel" aria-live="polite">
      <header>
        <h2>{subject}</h2>
        <span className="stretch" />
        {AT_REST.includes(state) ? null : (
          <Button size="small" loading={stop.isRunning} onClick={() => stop.run(null)}>
            {texts.stop}
          </Button>
        )}
      </header>
      {AT_REST.includes(state) ? null : (
        <>
          {of == null ? null : <Progress percent={share} status="active" />}
          <p>{texts.rowsSoFar(done)}</p>
        </>
      )}
      {failure == null ? null : (
        <p className="note bad" role="alert">
          {words(failure.message)} <span className="code">{failure.code}</span>
        </p>
      )}
      {outcome == null ? null : <Result id={id} outcome={outcome as unknown as Outcome} hasReport={report} />}
    </section>
  );
}

function Result({ id, outcome, hasReport }: { id: string; outcome: Outcome; hasReport: boolean }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const tiles = [
    [texts.loaded, outcome.loaded],
    [texts.unchanged, outcome.unchanged],
    [texts.doubtfulRows, outcome.doubtful],
    [texts.refused, outcome.refused],
  ] as const;
  const columns: readonly Column<Row>[] = [
    { key: 'row', title: texts.row, show: (row) => <span className="figure">{row.row}</span>, align: 'right', width: 70 },
    { key: 'field', title: texts.field, show: (row) => row.field, width: 120 },
    {
      key: 'code',
      title: texts.code,
      show: (row) => <span className={`tag ${row.verdict === 'refused' ? 'bad' : 'warn'}`}>{row.code}</span>,
      width: 180,
    },
    { key: 'message', title: texts.message, show: (row) => words(row.message) },
  ];
  return (
    <>
      <div className="tiles">
        {tiles.map(([name, value]) => (
          <div className="tile" key={name}>
            <div className="name">{name}</div>
            <div className="value">{value}</div>
          </div>
        ))}
      </div>
      <p className={`note ${outcome.kept ? '' : 'warn'}`}>{outcome.kept ? texts.kept : texts.notKept}</p>
      {outcome.findings.length === 0 ? (
        <p>{texts.noFindings}</p>
      ) : (
        <DataTable label={texts.findings} columns={columns} rows={outcome.findings} rowKey={(row) => `${row.row} ${row.code} ${row.field}`} height={420} />
      )}
      <div className="row">
        {outcome.findings.length < outcome.findings_in_report ? <span>{texts.firstOnly(outcome.findings.length, outcome.findings_in_report)}</span> : null}
        {hasReport ? <Button onClick={() => void save(id)}>{texts.report}</Button> : null}
      </div>
    </>
  );
}

async function save(id: string): Promise<void> {
  const blob = await askFile(`/api/long-work/${id}/report.csv`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `readings-${id.slice(0, 8)}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The imports before, to be looked at again. */
function Earlier({ onOpen }: { onOpen: (id: string) => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const list = useAsk(['work-list', 'import.readings'], () =>
    api.GET('/api/long-work', { params: { query: { kind: 'import.readings', limit: 10 } } }),
  );
  const columns: readonly Column<Work>[] = [
    { key: 'when', title: texts.when, show: (row) => <Instant value={row.asked_at} /> },
    { key: 'file', title: texts.work, show: (row) => row.subject },
    { key: 'who', title: texts.who, show: (row) => row.asked_by },
    { key: 'outcome', title: texts.outcome, show: (row) => summary(row.outcome as unknown as Outcome | null, texts) },
    { key: 'state', title: texts.states, show: (row) => row.state, minor: true },
  ];
  const rows = list.data?.items ?? [];
  if (rows.length === 0) {
    return null;
  }
  return (
    <section className="panel">
      <header>
        <h2>{texts.earlier}</h2>
      </header>
      <DataTable label={texts.earlier} columns={columns} rows={rows} rowKey={(row) => row.id} onOpen={(row) => onOpen(row.id)} />
    </section>
  );
}

function summary(outcome: Outcome | null | undefined, texts: { loaded: string; refused: string; doubtfulRows: string; notKept: string }): string {
  if (outcome == null || outcome.loaded === undefined) {
    return '';
  }
  const { loaded, refused, doubtful, kept } = outcome;
  return `${texts.loaded} ${loaded} · ${texts.doubtfulRows} ${doubtful} · ${texts.refused} ${refused}${kept ? '' : ` · ${texts.notKept}`}`;
}
