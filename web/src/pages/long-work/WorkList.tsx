import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { DataTable, Field, Instant, PageHead, counted, useAsk, useGo, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { StateTag, isOpen, useDuration, type Work } from './parts';
import { workTexts } from './texts';
import './long-work.css';

/** Long work, newest first; what is under way moves while one looks. */
export default function WorkList(): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const go = useGo();
  const [query, change] = useQueryState();
  const list = usePages(
    ['work', 'list', query.state, query.kind],
    (before) => {
      const { state, kind } = query;
      return api.GET('/api/long-work', {
        params: { query: { ...(before === undefined ? {} : { before }), ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) } },
      });
    },
    { everyMs: 2000, keepOld: true },
  );
  const kinds = useAsk(['work-kinds'], () => api.GET('/api/long-work/kinds'));
  const columns: Column<Work>[] = [
    { key: 'kind', title: texts.kind, show: (work) => words(work.name) },
    { key: 'subject', title: texts.subject, show: (work) => work.subject },
    { key: 'state', title: texts.state, width: 90, show: (work) => <StateTag state={work.state} /> },
    { key: 'progress', title: texts.progress, width: 190, show: (work) => <Bar work={work} /> },
    { key: 'left', title: texts.left, width: 110, show: (work) => <Left work={work} /> },
    { key: 'by', title: texts.askedBy, show: (work) => work.asked_by },
    { key: 'at', title: texts.askedAt, show: (work) => <Instant value={work.asked_at} /> },
    { key: 'ended', title: texts.endedAt, minor: true, show: (work) => <Instant value={work.ended_at ?? null} /> },
    { key: 'carrier', title: texts.carrier, minor: true, show: (work) => work.carrier?.machine ?? '' },
  ];
  const states = ['queued', 'running', 'stopping', 'stopped', 'done', 'failed'] as const;
  return (
    <>
      <PageHead title={texts.list} about={texts.listAbout} />
      <section className="panel">
        <div className="row" style={{ marginBottom: 10 }}>
          <Field label={texts.kind} inline>
            <Select
              style={{ width: 190 }}
              value={query.kind ?? ''}
              options={[{ value: '', label: texts.allKinds }, ...(kinds.data ?? []).map((one) => ({ value: one.kind, label: words(one.name) }))]}
              onChange={(kind) => change({ kind: kind === '' ? undefined : kind })}
            />
          </Field>
          <Field label={texts.filter} inline>
            <Select
              style={{ width: 150 }}
              value={query.state ?? ''}
              options={[{ value: '', label: texts.all }, ...states.map((state) => ({ value: state, label: texts[state] }))]}
              onChange={(state) => change({ state: state === '' ? undefined : state })}
            />
          </Field>
        </div>
        <DataTable
          label={texts.list}
          columns={columns}
          rows={list}
          rowKey={(work) => work.id}
          onOpen={(work) => go({ to: '/long-work/$id', params: { id: work.id } })}
          empty={query.state === undefined && query.kind === undefined ? texts.empty : texts.emptyFiltered}
          autoFocus
        />
      </section>
    </>
  );
}

/** How long it will take, at the pace since it was begun. */
function Left({ work }: { work: Work }): ReactNode {
  const duration = useDuration();
  return work.seconds_left == null ? null : <span className="figure">{duration(work.seconds_left)}</span>;
}

function Bar({ work }: { work: Work }): ReactNode {
  const words = useWords();
  const of = work.of ?? null;
  const done = counted(work.done);
  const text = of === null ? `${done} ${words(work.counted)}` : `${done} / ${counted(of)} ${words(work.counted)}`;
  return (
    <span className="work-bar">
      {of === null || !isOpen(work) ? null : <progress value={work.done} max={of} aria-label={text} style={{ width: 70, marginInlineEnd: 6 }} />}
      <span className="figure">{text}</span>
    </span>
  );
}
