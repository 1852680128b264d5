import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { ActButton, Instant, Money, PageState, counted, useAct, useSay, useTexts, type Asked } from '@/ui';
import { useRights, useSession } from '@/shell/session';

import { Compare } from './Compare';
import { bodyOf, type Run, type Scope } from './desk';
import { billingTexts } from './texts';

/** For the second person: what he signs, what it comes to, and why it cannot be the first. */
export function Approval({ month, scope, run }: { month: string; scope: Scope; run: Asked<Run> }): ReactNode {
  const texts = useTexts(billingTexts);
  if (run.problem?.code === 'run.unknown') {
    return (
      <div className="state quiet">
        <h2>{texts.noRunYet}</h2>
        <p>{texts.noRunHint}</p>
      </div>
    );
  }
  return <PageState of={run}>{(run) => <Shown month={month} scope={scope} run={run} />}</PageState>;
}

function Shown({ month, scope, run }: { month: string; scope: Scope; run: Run }): ReactNode {
  const texts = useTexts(billingTexts);
  return (
    <>
      <div className="columns">
        <dl className="facts">
          <dt>{texts.triedBy}</dt>
          <dd>
            {run.tried_by} · <Instant value={run.tried_at ?? null} />
          </dd>
          <dt>{texts.accounts}</dt>
          <dd className="figure">
            {counted(run.accounts)} · {texts.readyOf(counted(run.ready), counted(run.blocked))}
          </dd>
          <dt>{texts.amount}</dt>
          <dd>
            <Money value={run.amount} unit strong />
          </dd>
          <dt>{texts.digest}</dt>
          <dd className="code digest">{run.digest}</dd>
        </dl>
        <div>
          <p className="note">{texts.digestHint}</p>
          {run.blocked > 0 ? <p className="note warn">{texts.approveBlocked(counted(run.blocked))}</p> : null}
          <Decide month={month} scope={scope} run={run} />
        </div>
      </div>
      <Compare month={month} scope={scope} />
    </>
  );
}

function Decide({ month, scope, run }: { month: string; scope: Scope; run: Run }): ReactNode {
  const texts = useTexts(billingTexts);
  const say = useSay();
  const rights = useRights();
  const { login } = useSession();
  const [isWithdrawing, setWithdrawing] = useState(false);
  const path = { cycle: month };
  const approve = useAct(
    (wish: { digest: string }, header) => api.POST('/api/billing-runs/{cycle}/approval', { params: { path, header }, body: { ...bodyOf(scope), ...wish } }),
    { name: `approve ${month} ${JSON.stringify(scope)}`, refresh: [['billing']], done: () => say.done(texts.approved) },
  );
  const withdraw = useAct(
    (reason: string, header) => api.POST('/api/billing-runs/{cycle}/approval-withdrawal', { params: { path, header }, body: { ...bodyOf(scope), reason } }),
    {
      name: `withdraw ${month} ${JSON.stringify(scope)} ${run.approved_at ?? ''}`,
      refresh: [['billing']],
      fields: ['reason'],
      done: () => {
        setWithdrawing(false);
        say.done(texts.withdrawn);
      },
    },
  );
  if (run.state === 'issued' || run.state === 'partly-issued') {
    return <p className="note">{run.state === 'issued' ? texts.allIssued : texts.partlyIssued}</p>;
  }
  if (run.approved) {
    return (
      <>
        <p className="note">
          {texts.approvedBy} {run.approved_by} · <Instant value={run.approved_at ?? null} />
        </p>
        {!rights.has('bill.approve') ? null : isWithdrawing ? (
          <ReasonField
            act={texts.withdraw}
            danger
            usual={[texts.withdrawReasons]}
            onGiven={withdraw.run}
            onCancel={() => setWithdrawing(false)}
            isRunning={withdraw.isRunning}
            error={withdraw.at('reason')}
          />
        ) : (
          <ActButton does={texts.withdraw} onAct={() => setWithdrawing(true)} />
        )}
      </>
    );
  }
  if (run.tried_by === login) {
    return <p className="note warn">{texts.youTried}</p>;
  }
  if (!rights.has('bill.approve')) {
    return <p className="note warn">{texts.noApproveRight}</p>;
  }
  return (
    <ActButton
      does={texts.approveNow}
      type="primary"
      keys="ctrl+Enter"
      loading={approve.isRunning}
      notNow={run.ready === 0 ? texts.nothingReady : undefined}
      onAct={() => approve.run({ digest: run.digest ?? '' })}
    />
  );
}
