import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { DataTable, Field, Instant, PageHead, grouped, useGo, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { StateTag, isOpen, type Work } from './parts';
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
    (before) =>
      api.GET('/api/long-work', { params: { query: { ...(before === undefined ? {} : { before }), ...(query.state === undefined ? {} : { state: query.state }) } } }),
    { everyMs: 2000, keepOld: true },
  );
  const columns: Column<Work>[] = [
    { key: 'kind', title: texts.kind, show: (work) => words(work.name) },
    { key: 'subject', title: texts.subject, show: (work) => work.subject },
    { key: 'state', title: texts.state, width: 90, show: (work) => <StateTag state={work.state} /> },
    { key: 'progress', title: texts.progress, width: 190, show: (work) => <Bar work={work} /> },
    { key: 'by', title: texts.askedBy, show: (work) => work.asked_by },
    { key: 'at', title: texts.askedAt, show: (work) => <Instant value={work.asked_at} /> },
    { key: 'ended', title: texts.endedAt, minor: true, show: (work) => <Instant value={work.ended_at ?? null} /> },
  ];
  const states = ['queued', 'running', 'stopping', 'stopped', 'done', 'failed'] as const;
  return (
    <>
      <PageHead title={texts.list} about={texts.listAbout} />
      <section className="panel">
        <div className="row" style={{ marginBottom: 10 }}>
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
          empty={texts.empty}
          autoFocus
        />
      </section>
    </>
  );
}

function Bar({ work }: { work: Work }): ReactNode {
  const words = useWords();
  const of = work.of ?? null;
  const done = grouped(String(work.done));
  const text = of === null ? `${done} ${words(work.counted)}` : `${done} / ${grouped(String(of))} ${words(work.counted)}`;
  return (
    <span className="work-bar">
      {of === null || !isOpen(work) ? null : <progress value={work.done} max={of} aria-label={text} style={{ width: 70, marginInlineEnd: 6 }} />}
      <span className="figure">{text}</span>
    </span>
  );
}
