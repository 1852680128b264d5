import { Button, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights, useSession } from '@/shell/session';
import { ActButton, Difference, Money, counted, useAct, useGo, useSay, useTexts } from '@/ui';

import type { Work } from '../long-work/parts';
import { CHANGED, wishOf, type Correction, type CorrectionWish } from './parts';
import { correctionTexts } from './texts';

type Props = {
  correction: Correction;
  /** The work that is being done for it. */
  under: Work | undefined;
  /** Its work has ended before its time. */
  isDead: boolean;
};

/** What can be done with a correction now, by whom, and why not. */
export function Deciding({ correction, under, isDead }: Props): ReactNode {
  const texts = useTexts(correctionTexts);
  const rights = useRights();
  const { login } = useSession();
  const say = useSay();
  const go = useGo();
  const [doing, setDoing] = useState<'approve' | 'issue' | 'withdraw'>();
  const { correction_no, state, affected, blocked, changed, tried_by, tried_at } = correction;
  const path = { correction_no };
  const over = () => setDoing(undefined);
  const approve = useAct((wish: { digest: string }, header) => api.POST('/api/corrections/{correction_no}/approval', { params: { path, header }, body: wish }), {
    name: `approve correction ${correction_no} ${tried_at}`,
    refresh: CHANGED,
    done: () => (say.done(texts.approved), over()),
  });
  const issue = useAct((_: object, header) => api.POST('/api/corrections/{correction_no}/issue', { params: { path, header }, body: {} }), {
    name: `issue correction ${correction_no} ${tried_at}`,
    refresh: CHANGED,
    done: () => (say.done(texts.issueAsked), over()),
  });
  const withdraw = useAct((reason: string, header) => api.POST('/api/corrections/{correction_no}/withdrawal', { params: { path, header }, body: { reason } }), {
    name: `withdraw correction ${correction_no}`,
    refresh: CHANGED,
    fields: ['reason'],
    done: () => (say.done(texts.withdrawn), over()),
  });
  const again = useAct((body: CorrectionWish, header) => api.POST('/api/corrections', { params: { header }, body }), {
    name: `again correction ${correction_no} ${state}`,
    refresh: CHANGED,
    done: (asked) => (say.done(texts.againAsked), go({ to: '/billing/corrections/$no', params: { no: asked.correction.correction_no } })),
  });

  if (doing === 'approve' && state === 'tried') {
    return (
      <Confirm
        correction={correction}
        told={texts.approveAsk}
        act={texts.approveNow}
        isRunning={approve.isRunning}
        onGiven={() => approve.run({ digest: correction.digest })}
        onCancel={over}
      />
    );
  }
  if (doing === 'issue' && (state === 'approved' || state === 'issuing')) {
    return <Confirm correction={correction} told={texts.issueAsk} act={texts.issueNow} isRunning={issue.isRunning} onGiven={() => issue.run({})} onCancel={over} />;
  }
  if (doing === 'withdraw') {
    return (
      <ReasonField
        act={texts.withdraw}
        danger
        usual={[texts.withdrawReasons]}
        onGiven={withdraw.run}
        onCancel={over}
        isRunning={withdraw.isRunning}
        error={withdraw.at('reason')}
      />
    );
  }
  const [mayAsk, mayApprove, mayIssue] = [rights.has('bill.rebill'), rights.has('bill.approve'), rights.has('bill.issue')];
  const isOpen = state === 'trying' || state === 'tried' || state === 'approved';
  const isEnded = state === 'issued' || state === 'withdrawn';
  const isTried = state === 'tried' && affected > 0;
  const isOwn = tried_by === login;
  const canTry = mayAsk && under === undefined && (state === 'tried' || state === 'approved' || (state === 'trying' && isDead));
  const isLeft = isEnded && (state === 'withdrawn' || (changed ?? 0) > 0 || blocked > 0);
  const notes: [string, string][] = [
    ...(state === 'trying' && isDead ? [['warn', texts.stoppedTrial] as [string, string]] : []),
    ...(state === 'issuing' && isDead ? [['warn', texts.stoppedIssue] as [string, string]] : []),
    ...(state === 'tried' && affected === 0 ? [(blocked > 0 ? ['warn', texts.onlyBlocked(counted(blocked))] : ['', texts.nothingToApprove]) as [string, string]] : []),
    ...(isTried && isOwn ? [['warn', texts.youTried] as [string, string]] : []),
    ...(isTried && !isOwn && !mayApprove ? [['warn', texts.noApproveRight] as [string, string]] : []),
    ...(state === 'approved' && !mayIssue ? [['', texts.noIssueRight] as [string, string]] : []),
    ...(state === 'approved' && canTry ? [['', texts.againVoids] as [string, string]] : []),
    ...(state === 'withdrawn' ? [['', texts.isWithdrawn] as [string, string]] : []),
    ...(state === 'issued' ? [['', texts.isIssued] as [string, string]] : []),
    ...((isTried || state === 'approved' || state === 'issued') && blocked > 0 ? [['warn', texts.blockedLeft(counted(blocked))] as [string, string]] : []),
    ...(state === 'issued' && (changed ?? 0) > 0 ? [['warn', texts.changedLeft(counted(changed ?? 0))] as [string, string]] : []),
  ];
  return (
    <>
      {notes.map(([tone, words]) => (
        <p key={words} className={`note ${tone}`}>
          {words}
        </p>
      ))}
      <div className="correction-acts">
        {isTried && !isOwn && mayApprove ? <ActButton does={texts.approve} type="primary" keys="ctrl+Enter" onAct={() => setDoing('approve')} /> : null}
        {state === 'approved' && mayIssue && under === undefined ? <ActButton does={texts.issue} type="primary" keys="i" onAct={() => setDoing('issue')} /> : null}
        {state === 'issuing' && mayIssue && isDead ? <ActButton does={texts.goOn} type="primary" keys="i" onAct={() => setDoing('issue')} /> : null}
        {canTry ? <ActButton does={texts.again} keys="t" loading={again.isRunning} onAct={() => again.run(wishOf(correction))} /> : null}
        {mayAsk && isLeft ? <ActButton does={texts.anew} loading={again.isRunning} onAct={() => again.run(wishOf(correction))} /> : null}
        {isOpen && under === undefined && (mayAsk || mayApprove) ? <ActButton does={texts.withdraw} danger onAct={() => setDoing('withdraw')} /> : null}
      </div>
    </>
  );
}

type ConfirmProps = { correction: Correction; told: string; act: string; isRunning: boolean; onGiven: () => void; onCancel: () => void };

/** What is signed or issued, named once more before it is. */
function Confirm({ correction, told, act, isRunning, onGiven, onCancel }: ConfirmProps): ReactNode {
  const texts = useTexts(correctionTexts);
  const { affected, bills, before, after, difference, digest } = correction;
  return (
    <div
      className="correction-confirm"
      role="group"
      aria-label={act}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onCancel();
        }
      }}
    >
      <p>{told}</p>
      <dl className="facts">
        <dt>{texts.affected}</dt>
        <dd className="figure">
          {texts.accountsUnit(counted(affected))} · {texts.billsOf(counted(bills))}
        </dd>
        <dt>{texts.amount}</dt>
        <dd>
          <Money value={before} /> → <Money value={after} strong />
        </dd>
        <dt>{texts.difference}</dt>
        <dd>
          <Difference value={difference} unit strong />
        </dd>
        <dt>{texts.digest}</dt>
        <dd className="code">{digest}</dd>
      </dl>
      <Space>
        <Button type="primary" autoFocus loading={isRunning} onClick={onGiven}>
          {act}
        </Button>
        <Button onClick={onCancel}>{texts.cancel}</Button>
      </Space>
    </div>
  );
}
