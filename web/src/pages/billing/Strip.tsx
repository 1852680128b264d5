import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { ActButton, counted, localInstant, useAct, useSay, useTexts, type Asked } from '@/ui';
import { useRights, useSession } from '@/shell/session';

import type { Work } from '../long-work/parts';
import { bodyOf, useExceptionDesk, type Run, type Scope } from './desk';
import { billingTexts } from './texts';

type Props = { month: string; scope: Scope; run: Asked<Run>; under: Work | undefined; onTab: (tab: string) => void };

/** The five steps of a month, who took each and when; and the one that comes next. */
export function Strip({ month, scope, run: asked, under, onTab }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const run = asked.data;
  const desk = useExceptionDesk(month, scope).data;
  const open = desk === undefined ? 0 : desk.accounts - desk.decided;
  const count = (number: number) => counted(number);
  const by = (who: string | null | undefined, when: string | null | undefined) =>
    who == null ? undefined : when == null ? who : texts.byAt(who, localInstant(when).slice(5));
  const isVoid = run !== undefined && !run.approved && run.approved_by != null;
  return (
    <section className="panel billing-strip">
      <ol>
        <Step name={texts.plan} isDone={run !== undefined} told={run === undefined ? texts.notYet : texts.planned(count(run.accounts))} />
        <Step
          name={texts.trial}
          isDone={run !== undefined}
          told={run === undefined ? texts.notYet : texts.readyOf(count(run.ready), count(run.blocked))}
          by={by(run?.tried_by, run?.tried_at)}
        />
        <Step
          name={texts.review}
          isDone={run !== undefined && desk !== undefined && open === 0}
          told={
            run === undefined || desk === undefined
              ? texts.notYet
              : desk.accounts === 0
                ? texts.nothingDoubtful
                : texts.decidedOf(count(desk.decided), count(desk.accounts))
          }
          by={desk === undefined || desk.held + desk.waiting === 0 ? undefined : texts.leftOut(count(desk.held), count(desk.waiting))}
        />
        <Step
          name={texts.approve}
          isDone={run?.approved === true}
          told={run?.approved === true ? texts.approved : isVoid ? texts.approvedVoid : run === undefined ? texts.notYet : texts.waitsForSecond}
          by={run?.approved === true ? by(run.approved_by, run.approved_at) : undefined}
          isWrong={isVoid}
        />
        <Step
          name={texts.issue}
          isDone={run?.state === 'issued'}
          told={run === undefined || run.issued === 0 ? texts.notYet : texts.issuedOf(count(run.issued), count(run.ready))}
          by={by(run?.issued_by, run?.issued_at)}
        />
      </ol>
      <Next month={month} scope={scope} run={run} under={under} onTab={onTab} />
    </section>
  );
}

function Step({ name, told, by, isDone, isWrong = false }: { name: string; told: string; by?: string | undefined; isDone: boolean; isWrong?: boolean }): ReactNode {
  return (
    <li className={isWrong ? 'wrong' : isDone ? 'done' : ''}>
      <span className="step">
        {isDone ? '✓ ' : ''}
        {name}
      </span>
      <span className="told">{told}</span>
      <span className="by">{by ?? ' '}</span>
    </li>
  );
}

type Step = 'plan' | 'trial' | 'issue';

/** One main act at a time; the others stand beside it, quieter. */
function Next({ month, scope, run, under, onTab }: Omit<Props, 'run'> & { run: Run | undefined }): ReactNode {
  const texts = useTexts(billingTexts);
  const say = useSay();
  const rights = useRights();
  const { login } = useSession();
  const names: Record<Step, string> = { plan: texts.plan, trial: texts.trial, issue: texts.issue };
  const step = useAct(
    ({ step }: { step: Step }, header) => {
      const call = { params: { path: { cycle: month }, header }, body: bodyOf(scope) };
      return step === 'plan'
        ? api.POST('/api/billing-runs/{cycle}/plan', call)
        : step === 'trial'
          ? api.POST('/api/billing-runs/{cycle}/trial', call)
          : api.POST('/api/billing-runs/{cycle}/issue', call);
    },
    {
      name: `billing ${month} ${JSON.stringify(scope)}`,
      refresh: [['work'], ['billing']],
      done: (_, { step }) => say.done(texts.asked_(names[step])),
    },
  );
  const busy = under === undefined ? undefined : texts.isWorking;
  const left = run === undefined ? 0 : run.ready - run.issued;
  const isNext = run === undefined ? 'trial' : run.state === 'issued' ? 'none' : run.approved ? 'issue' : 'approval';
  const notIssue =
    busy ??
    (run === undefined
      ? texts.noRun
      : run.state === 'issued'
        ? texts.allIssued
        : !run.approved
          ? texts.notApproved
          : run.approved_by === login
            ? texts.issueOwn
            : left <= 0
              ? texts.nothingReady
              : undefined);
  const kind = (own: string) => ({ type: isNext === own ? ('primary' as const) : ('default' as const) });
  return (
    <div className="billing-acts">
      {rights.has('bill.trial') ? (
        <>
          <ActButton does={texts.plan} keys="p" notNow={busy} loading={step.isRunning} onAct={() => step.run({ step: 'plan' })} />
          <ActButton
            does={run === undefined ? texts.trial : texts.tryAgain}
            keys="t"
            notNow={busy}
            loading={step.isRunning}
            onAct={() => step.run({ step: 'trial' })}
            {...kind('trial')}
          />
        </>
      ) : null}
      {rights.has('bill.approve') && (isNext === 'approval' || isNext === 'trial') ? (
        <ActButton does={texts.toApproval} notNow={run === undefined ? texts.noRun : busy} onAct={() => onTab('approval')} {...kind('approval')} />
      ) : null}
      {rights.has('bill.issue') ? (
        <ActButton does={texts.issue} keys="i" notNow={notIssue} loading={step.isRunning} onAct={() => step.run({ step: 'issue' })} {...kind('issue')} />
      ) : null}
    </div>
  );
}
