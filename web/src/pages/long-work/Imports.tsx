import { Button, Checkbox, Select } from 'antd';
import { useRef, useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { ActButton, DataTable, Field, Instant, PageHead, grouped, useAct, useAsk, useGo, usePages, useQueryState, useSay, useTexts, useWords, type Column } from '@/ui';
import { useRights } from '@/shell/session';

import { StateTag, type Work } from './parts';
import { workTexts } from './texts';
import './long-work.css';

/** What is sent, without the file itself: the same file under the same wish is one import. */
type Wish = { kind: string; dry_run: boolean; all_or_nothing: boolean; name: string; size: number; changed: number };

/** Loads a file of the bureau's former system or of its readers. */
export default function Imports(): ReactNode {
  const texts = useTexts(workTexts);
  const rights = useRights();
  const go = useGo();
  const say = useSay();
  const words = useWords();
  const kinds = useAsk(['import-kinds'], () => api.GET('/api/imports'));
  const mine = (kinds.data ?? []).filter(({ right }) => rights.has(right));
  const [query, change] = useQueryState();
  const chosen = mine.find(({ name }) => name === query['kind']) ?? mine.find(({ name }) => name === 'readings') ?? mine[0];
  const kind = chosen?.name ?? '';
  const [allOrNothing, setAllOrNothing] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const send = useAct((wish: Wish, header) => sent(wish, header, file), {
    name: 'import',
    refresh: [['work']],
    done: (work: Work) => {
      say.done(texts.begun);
      go({ to: '/long-work/$id', params: { id: work.id } });
    },
  });
  const notNow = file === null ? texts.noFile : chosen === undefined ? texts.noKind : undefined;

  function begin(isTry: boolean): void {
    if (file !== null) {
      send.run({ kind, dry_run: isTry, all_or_nothing: allOrNothing, name: file.name, size: file.size, changed: file.lastModified });
    }
  }

  return (
    <>
      <PageHead title={texts.imports} about={texts.importsAbout} />
      <section className="panel">
        <div className="row">
          <Field label={texts.fileKind} width={280}>
            <Select value={kind} onChange={(kind) => change({ kind })} loading={kinds.isPending} options={mine.map(({ name, label }) => ({ value: name, label: words(label) }))} />
          </Field>
          <Field label={texts.file}>
            <Button onClick={() => chooser.current?.click()}>
              {file === null ? texts.choose : texts.chosen(file.name, `${Math.ceil(file.size / 1024)} KiB`)}
            </Button>
          </Field>
          <input
            ref={chooser}
            type="file"
            accept=".csv,text/csv"
            className="unseen"
            tabIndex={-1}
            aria-label={texts.file}
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
          <Checkbox checked={allOrNothing} onChange={(event) => setAllOrNothing(event.target.checked)}>
            {texts.allOrNothing}
          </Checkbox>
          <ActButton does={texts.tryOut} keys="alt+t" loading={send.isRunning} notNow={notNow} onAct={() => begin(true)} />
          <ActButton does={texts.begin} type="primary" keys="ctrl+Enter" loading={send.isRunning} notNow={notNow} onAct={() => begin(false)} />
        </div>
        {chosen === undefined ? null : (
          <p className="columns-hint">
            {texts.columns} <code>{chosen.required.join(',')}</code>
            {chosen.optional.length === 0 ? null : (
              <>
                {' '}
                {texts.optional} <code>{chosen.optional.join(',')}</code>
              </>
            )}
          </p>
        )}
      </section>
      <Recent />
    </>
  );
}

/** Without the patience of other requests: a large file over a slow line takes as long as it takes. */
async function sent(wish: Wish, header: { 'Idempotency-Key': string }, file: File | null): Promise<{ data?: Work; error?: unknown; response: Response }> {
  const query = new URLSearchParams({
    name: wish.name,
    dry_run: String(wish.dry_run),
    all_or_nothing: String(wish.all_or_nothing),
  });
  const response = await fetch(`/api/imports/${wish.kind}?${query.toString()}`, {
    method: 'POST',
    headers: { ...header, 'X-Gridhall-Request': '1', 'Content-Type': 'text/csv' },
    body: file,
  });
  const body: unknown = await response.json().catch(() => null);
  return response.ok ? { data: body as Work, response } : { error: body, response };
}

/** What a file came to, in the words of its own page. */
function Came({ of }: { of: Work['outcome'] }): ReactNode {
  const texts = useTexts(workTexts);
  if (of == null) {
    return null;
  }
  const outcome = of as Record<string, unknown>;
  const figures = (['loaded', 'doubtful', 'refused'] as const).filter((name) => typeof outcome[name] === 'number' && outcome[name] !== 0);
  const short = { loaded: texts.rowsLoaded, doubtful: texts.rowsDoubtful, refused: texts.rowsRefused };
  return (
    <>
      {figures.map((name) => short[name](grouped(String(outcome[name])))).join(' · ')}{' '}
      {outcome['kept'] === false ? <span className="tag warn">{texts.onlyTried}</span> : null}
    </>
  );
}

function Recent(): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const go = useGo();
  const list = usePages(
    ['work', 'imports'],
    (before) => api.GET('/api/long-work', { params: { query: before === undefined ? { limit: 100 } : { before, limit: 100 } } }),
    { everyMs: 3000, keepOld: true },
  );
  const columns: Column<Work>[] = [
    { key: 'kind', title: texts.kind, show: (work) => words(work.name) },
    { key: 'file', title: texts.file, show: (work) => work.subject },
    { key: 'state', title: texts.state, show: (work) => <StateTag state={work.state} /> },
    { key: 'outcome', title: texts.outcome, show: (work) => <Came of={work.outcome} /> },
    { key: 'by', title: texts.askedBy, show: (work) => work.asked_by },
    { key: 'at', title: texts.askedAt, show: (work) => <Instant value={work.asked_at} /> },
  ];
  const rows = list.rows.filter((work) => work.kind.startsWith('import.'));
  return (
    <section className="panel">
      <h2>{texts.recent}</h2>
      <DataTable label={texts.recent} columns={columns} rows={{ ...list, rows }} rowKey={(work) => work.id} empty={texts.noImports} onOpen={(work) => go({ to: '/long-work/$id', params: { id: work.id } })} />
    </section>
  );
}
