import { useQueryClient } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';

import { MonthInput } from '@/forms/inputs';
import { Field, GoTo, Instant, PageHead, monthAfter, useHotkeys, useTexts, useWords } from '@/ui';

import { ReportLink, StateTag, WorkActs, WorkProgress, type Work } from '../long-work/parts';
import '../long-work/long-work.css';
import { Account } from './Account';
import { Approval } from './Approval';
import './billing.css';
import { Compare } from './Compare';
import { useDesk, useLatestWork, useRun, type Scope } from './desk';
import { Exceptions } from './Exceptions';
import { Scopes } from './Scopes';
import { Strip } from './Strip';
import { billingTexts } from './texts';

/** A month's billing: whose turn it is, what runs, what must be looked at, who approves. */
export default function Workbench(): ReactNode {
  const texts = useTexts(billingTexts);
  const { month, scope, tab, isAlone, change } = useDesk();
  const { latest, under } = useLatestWork(month, scope);
  const run = useRun(month, scope);
  useRefreshAfter(latest);
  useHotkeys(texts.keys, [
    { keys: '[', does: texts.monthBefore, run: () => change({ month: monthAfter(month, -1) }) },
    { keys: ']', does: texts.monthAfter, run: () => change({ month: monthAfter(month, 1) }) },
    { keys: 'e', does: texts.exceptions, run: () => change({ tab: undefined }) },
    { keys: 'v', does: texts.compare, run: () => change({ tab: 'compare', alone: undefined }) },
    { keys: 'a', does: texts.approval, run: () => change({ tab: 'approval', alone: undefined }) },
    { keys: 'z', does: isAlone ? texts.withAll : texts.alone, run: () => change({ alone: isAlone ? undefined : 'yes', tab: undefined }) },
  ]);
  const tabs = [
    { key: 'exceptions', label: texts.exceptions, children: <Exceptions month={month} scope={scope} isTried={run.data !== undefined} isAlone={false} /> },
    { key: 'compare', label: texts.compare, children: <Compare month={month} scope={scope} /> },
    { key: 'approval', label: texts.approval, children: <Approval month={month} scope={scope} run={run} /> },
    ...(scope.supply_no === undefined ? [] : [{ key: 'bills', label: texts.bills, children: <Account supplyNo={scope.supply_no} /> }]),
  ];
  return (
    <>
      <PageHead title={texts.title} about={<ScopeName scope={scope} />}>
        <Field label={texts.month} inline>
          <MonthInput value={month} onChange={(month) => change({ month: month ?? undefined })} allowClear={false} style={{ width: 120 }} />
        </Field>
        <Button onClick={() => change({ month: monthAfter(month, -1) })} aria-label={texts.monthBefore}>
          ‹
        </Button>
        <Button onClick={() => change({ month: monthAfter(month, 1) })} aria-label={texts.monthAfter}>
          ›
        </Button>
      </PageHead>
      {isAlone ? (
        <section className="panel billing-alone">
          <Exceptions month={month} scope={scope} isTried={run.data !== undefined} isAlone />
        </section>
      ) : (
        <div className="billing">
          <Scopes month={month} scope={scope} onChoose={(scope) => change({ station: undefined, book: undefined, supply_no: undefined, tab: undefined, ...scope })} />
          <div className="billing-main">
            <Strip month={month} scope={scope} run={run} under={under} onTab={(tab) => change({ tab })} />
            {latest === undefined ? null : <Latest work={latest} />}
            <section className="panel billing-tabs">
              <Tabs
                size="small"
                activeKey={tabs.some(({ key }) => key === tab) ? tab : 'exceptions'}
                items={tabs}
                onChange={(tab) => change({ tab: tab === 'exceptions' ? undefined : tab })}
                destroyOnHidden
              />
            </section>
          </div>
        </div>
      )}
    </>
  );
}

function ScopeName({ scope }: { scope: Scope }): ReactNode {
  const texts = useTexts(billingTexts);
  const parts = [scope.station, scope.book, scope.supply_no].filter((part) => part !== undefined);
  return parts.length === 0 ? texts.bureau : parts.join(' / ');
}

/** What ran last in this scope, live while it runs. */
function Latest({ work }: { work: Work }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  if (work.state === 'done') {
    return (
      <p className="billing-last">
        <span>
          {texts.lastWork}
          {words(work.name)} <StateTag state={work.state} /> {work.asked_by} · <Instant value={work.ended_at ?? null} />
        </span>
        <ReportLink work={work} />
        <GoTo to="/long-work/$id" params={{ id: work.id }}>
          {texts.details}
        </GoTo>
      </p>
    );
  }
  return (
    <section className="panel billing-work" aria-label={texts.lastWork}>
      <header>
        <strong>{words(work.name)}</strong>
        <StateTag state={work.state} />
        <span className="about">{work.asked_by}</span>
        <span className="stretch" />
        <ReportLink work={work} />
        <GoTo to="/long-work/$id" params={{ id: work.id }}>
          {texts.details}
        </GoTo>
        {/* Its keys are those of decisions here: none of them may stop an issue. */}
        <WorkActs work={work} />
      </header>
      <WorkProgress work={work} />
      {work.failure == null ? null : (
        <p className="note bad" role="alert">
          {words(work.failure.message)}
        </p>
      )}
    </section>
  );
}

/** Once work has ended, what it changed is asked for again. */
function useRefreshAfter(work: Work | undefined): void {
  const queries = useQueryClient();
  const before = useRef<string | undefined>(undefined);
  const told = work === undefined ? undefined : `${work.id} ${work.state}`;
  useEffect(() => {
    if (before.current !== undefined && before.current !== told) {
      void queries.invalidateQueries({ queryKey: ['billing'] });
    }
    before.current = told;
  }, [queries, told]);
}
