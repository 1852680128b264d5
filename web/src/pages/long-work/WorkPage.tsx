import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, GoTo, Instant, PageHead, PageState, useAsk, usePages, usePart, useTexts, useWords, type Column } from '@/ui';

import { Outcome } from './Outcome';
import { ReportLink, StateTag, WorkActs, WorkProgress, isOpen, useDuration, type Work } from './parts';
import { workTexts } from './texts';
import './long-work.css';

/** One piece of long work: how far it is, what it came to, what happened to it. */
export default function WorkPage(): ReactNode {
  const texts = useTexts(workTexts);
  const id = usePart('id');
  const queries = useQueryClient();
  const work = useAsk(['work', id], () => api.GET('/api/long-work/{id}', { params: { path: { id } } }), { everyMs: 700 });
  const state = work.data?.state;
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['work-log', id] });
  }, [queries, id, state]);
  return <PageState of={work}>{(work) => <Shown work={work} texts={texts} />}</PageState>;
}

function Shown({ work, texts }: { work: Work; texts: ReturnType<typeof useTexts<typeof workTexts.zh>> }): ReactNode {
  const words = useWords();
  const duration = useDuration();
  const seconds = work.started_at == null || work.ended_at == null ? null : (Date.parse(work.ended_at) - Date.parse(work.started_at)) / 1000;
  return (
    <>
      <PageHead title={words(work.name)} about={work.subject}>
        {work.kind.startsWith('bill.rebill.') ? (
          <GoTo to="/billing/corrections/$no" params={{ no: work.subject }}>
            {texts.toCorrection}
          </GoTo>
        ) : work.kind.startsWith('bill.') ? (
          <GoTo to="/billing" query={{ month: work.subject.slice(0, 7), station: work.station ?? undefined }}>
            {texts.toBilling}
          </GoTo>
        ) : null}
        {work.kind === 'tariff.try' ? (
          <GoTo to="/prices/trials/$no" params={{ no: work.subject }}>
            {texts.toTrial}
          </GoTo>
        ) : null}
        {work.kind.startsWith('import.') ? (
          <GoTo to="/imports" query={{ kind: work.kind.slice('import.'.length) }}>
            {texts.again}
          </GoTo>
        ) : null}
        <GoTo to="/long-work">{texts.toList}</GoTo>
      </PageHead>
      <section className="panel">
        <header>
          <StateTag state={work.state} />
          <span className="stretch" />
          <span className="work-acts">
            <ReportLink work={work} />
            <WorkActs work={work} keys />
          </span>
        </header>
        <WorkProgress work={work} />
        {work.failure == null ? null : (
          <p className="note bad" role="alert">
            {words(work.failure.message)} <span className="code">{work.failure.code}</span>
          </p>
        )}
      </section>
      <div className="columns">
        <section className="panel">
          <dl className="facts">
            <dt>{texts.askedBy}</dt>
            <dd>{work.asked_by}</dd>
            <dt>{texts.station}</dt>
            <dd>{work.station ?? texts.bureau}</dd>
            <dt>{texts.askedAt}</dt>
            <dd>
              <Instant value={work.asked_at} seconds />
            </dd>
            <dt>{texts.startedAt}</dt>
            <dd>
              <Instant value={work.started_at ?? null} seconds />
            </dd>
            <dt>{texts.endedAt}</dt>
            <dd>
              <Instant value={work.ended_at ?? null} seconds />
            </dd>
            {work.carrier == null ? null : (
              <>
                <dt>{texts.carrier}</dt>
                <dd>{texts.carrierOf(work.carrier.machine, String(work.carrier.process))}</dd>
                <dt>{texts.lease}</dt>
                <dd>
                  <Instant value={work.carrier.until ?? null} seconds />
                </dd>
              </>
            )}
            {work.takeovers === 0 ? null : (
              <>
                <dt>{texts.takeovers}</dt>
                <dd>{texts.takeoversAbout(String(work.takeovers))}</dd>
              </>
            )}
            {seconds === null || isOpen(work) ? null : (
              <>
                <dt>{texts.took}</dt>
                <dd className="figure">{duration(seconds)}</dd>
              </>
            )}
          </dl>
        </section>
        <section className="panel">
          <h2>{texts.log}</h2>
          <Log id={work.id} isOpen={isOpen(work)} />
        </section>
      </div>
      {work.outcome == null ? null : <Outcome outcome={work.outcome as Record<string, unknown>} />}
    </>
  );
}

type Line = Schema<'WorkLogLine'>;

function Log({ id, isOpen }: { id: string; isOpen: boolean }): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const lines = usePages(
    ['work-log', id],
    (after) => api.GET('/api/long-work/{id}/log', { params: { path: { id }, query: after === undefined ? {} : { after } } }),
    { everyMs: isOpen ? 2000 : 0 },
  );
  const columns: Column<Line>[] = [
    { key: 'at', title: texts.at, width: 150, show: (line) => <Instant value={line.at} seconds /> },
    { key: 'message', title: texts.message, show: (line) => words(line.message) },
  ];
  return <DataTable label={texts.log} columns={columns} rows={lines} rowKey={(line) => line.id} empty={texts.logEmpty} height={240} />;
}
