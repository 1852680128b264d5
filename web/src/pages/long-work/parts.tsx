import { Progress } from 'antd';
import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, counted, useAct, useAsk, useSay, useTexts, useWords } from '@/ui';

import { workTexts } from './texts';

/** Somebody looks on. */
export const WATCHED_MS = 900;

export type Work = Schema<'Work'>;

export const OPEN_STATES: readonly string[] = ['queued', 'running', 'stopping'];

export function isOpen(work: Work): boolean {
  return OPEN_STATES.includes(work.state);
}

const TONES: Record<string, string> = { done: 'good', failed: 'bad', stopped: 'warn', running: 'info', stopping: 'warn' };

export function StateTag({ state }: { state: string }): ReactNode {
  const texts = useTexts(workTexts);
  const names: Record<string, string> = {
    queued: texts.queued,
    running: texts.running,
    stopping: texts.stopping,
    stopped: texts.stopped,
    done: texts.done,
    failed: texts.failed,
  };
  return <span className={`tag ${TONES[state] ?? ''}`}>{names[state] ?? state}</span>;
}

export function useDuration(): (seconds: number) => string {
  const texts = useTexts(workTexts);
  return (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 60) {
      return texts.seconds(whole);
    }
    return whole < 3600
      ? texts.minutes(Math.floor(whole / 60), whole % 60)
      : texts.hours(Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
  };
}

/** How far a piece of work has come, how fast it goes, and how long it will take. */
export function WorkProgress({ work }: { work: Work }): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const duration = useDuration();
  const of = work.of ?? null;
  const things = words(work.counted);
  const percent = of === null || of === 0 ? 0 : Math.floor((100 * work.done) / of);
  const pace = (perMinute: number) =>
    perMinute < 600 ? texts.perMinute(counted(perMinute), things) : texts.perSecond(counted(Math.round(perMinute / 60)), things);
  const done =
    of === null
      ? texts.doneSoFar(counted(work.done), things)
      : texts.doneOf(counted(work.done), counted(of), things);
  return (
    <div className="work-progress">
      <Progress
        percent={work.state === 'done' ? 100 : percent}
        status={work.state === 'failed' ? 'exception' : work.state === 'done' ? 'success' : isOpen(work) ? 'active' : 'normal'}
        aria-label={done}
        showInfo={of !== null}
      />
      <p className="work-figures" aria-live="polite">
        <span className="figure">{work.state === 'queued' ? texts.waiting : done}</span>
        {work.per_minute == null ? null : <span className="figure">{pace(work.per_minute)}</span>}
        {work.seconds_left == null ? null : <span className="figure">{`${texts.left} ${duration(work.seconds_left)}`}</span>}
      </p>
    </div>
  );
}

/** Stop or resume, whichever fits; the other says why not. */
export function WorkActs({ work, keys = false }: { work: Work; keys?: boolean }): ReactNode {
  const texts = useTexts(workTexts);
  const words = useWords();
  const say = useSay();
  const path = { id: work.id };
  const stop = useAct((_: { id: string }, header) => api.POST('/api/long-work/{id}/stop', { params: { path, header }, body: { reason: null } }), {
    name: `stop ${work.id} ${work.started_at ?? ''}`,
    refresh: [['work'], ['billing']],
    done: () => say.done(texts.stopped_),
  });
  const resume = useAct((_: { id: string }, header) => api.POST('/api/long-work/{id}/resume', { params: { path, header }, body: { reason: null } }), {
    name: `resume ${work.id} ${work.ended_at ?? ''}`,
    refresh: [['work'], ['billing']],
    done: () => say.done(texts.resumed),
  });
  const notNow = (name: string) => {
    const act = work.acts.find((act) => act.act === name);
    return act?.allowed === true ? undefined : act?.why_not == null ? '' : words(act.why_not);
  };
  return isOpen(work) ? (
    <ActButton does={texts.stop} danger loading={stop.isRunning} notNow={notNow('stop')} onAct={() => stop.run(path)} {...(keys ? { keys: 's' } : {})} />
  ) : (
    <ActButton does={texts.resume} loading={resume.isRunning} notNow={notNow('resume')} onAct={() => resume.run(path)} {...(keys ? { keys: 'r' } : {})} />
  );
}

/** The lines that work left for people, as a file. */
export function ReportLink({ work }: { work: Work }): ReactNode {
  const texts = useTexts(workTexts);
  return work.report ? (
    <a href={`/api/long-work/${work.id}/report.csv`} download>
      {texts.report}
    </a>
  ) : null;
}

/** The latest work of a kind on a subject, asked for again and again; for whoever may see such work. */
export function useWorkOn(kind: string, subject: string, isAsked = true): Work | undefined {
  const rights = useRights();
  const list = useAsk(['work', kind, subject], () => api.GET('/api/long-work', { params: { query: { kind, limit: 50 } } }), {
    everyMs: WATCHED_MS,
    when: isAsked && rights.hasOne(['work.own', 'work.manage']),
  });
  return isAsked ? list.data?.items.find((work) => work.subject === subject) : undefined;
}
