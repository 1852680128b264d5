import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { Day, Difference, GoTo, Money, PageHead, PageState, counted, localInstant, useAsk, usePart, useTexts, useWords } from '@/ui';

import { StateTag as WorkTag, WATCHED_MS, WorkActs, WorkProgress, isOpen, useWorkOn, type Work } from '../long-work/parts';
import '../long-work/long-work.css';
import { Accounts } from './Accounts';
import { Deciding } from './Deciding';
import { CorrectionTag, isUnderWay, useScopeName, type Correction } from './parts';
import { correctionTexts } from './texts';
import './corrections.css';

const SELDOM_MS = 15_000;

/** One correction: what it comes to, whose turn it is, and account by account what is otherwise. */
export default function CorrectionPage(): ReactNode {
  const texts = useTexts(correctionTexts);
  const scopeName = useScopeName();
  const no = usePart('no');
  const [everyMs, setEveryMs] = useState(WATCHED_MS);
  const asked = useAsk(['corrections', no], () => api.GET('/api/corrections/{correction_no}', { params: { path: { correction_no: no } } }), { everyMs });
  const correction = asked.data;
  const isBusy = correction !== undefined && isUnderWay(correction);
  useEffect(() => setEveryMs(isBusy ? WATCHED_MS : SELDOM_MS), [isBusy]);
  useRefreshAfter(correction);
  return (
    <>
      <PageHead title={texts.titleOf(no)} about={correction === undefined ? undefined : scopeName(correction)}>
        <GoTo to="/billing/corrections">{texts.toList}</GoTo>
      </PageHead>
      <PageState of={asked}>{(correction) => <Whole correction={correction} />}</PageState>
    </>
  );
}

function Whole({ correction }: { correction: Correction }): ReactNode {
  const texts = useTexts(correctionTexts);
  const queries = useQueryClient();
  const { correction_no, state, since, reason } = correction;
  const latest = useItsWork(correction);
  const workState = latest?.state;
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['corrections', correction_no], exact: true });
  }, [queries, correction_no, workState]);
  const under = latest !== undefined && isOpen(latest) ? latest : undefined;
  const isDead = latest !== undefined && !isOpen(latest) && latest.state !== 'done';
  return (
    <>
      <section className="panel">
        <header>
          <CorrectionTag of={correction} />
          <span>
            {texts.since} <Day value={since} />
          </span>
          <span className="about">{reason}</span>
        </header>
        <Steps correction={correction} isDead={isDead} />
        {latest === undefined || latest.state === 'done' ? null : <UnderWay work={latest} />}
        {isUnderWay(correction) && latest === undefined ? <p className="note">{state === 'trying' ? texts.trying : texts.issuing}</p> : null}
        <Deciding correction={correction} under={under} isDead={isDead} />
      </section>
      {state === 'trying' ? null : <Sums correction={correction} />}
      {state === 'trying' ? <p className="about">{texts.notTried}</p> : <Accounts correction={correction} />}
    </>
  );
}

function Sums({ correction }: { correction: Correction }): ReactNode {
  const texts = useTexts(correctionTexts);
  const { looked_at, affected, blocked, bills, before, after, difference } = correction;
  const way = /^-?0(\.0*)?$/.test(difference) ? texts.same : difference.startsWith('-') ? texts.lower : texts.higher;
  const tiles: [string, ReactNode, string][] = [
    [texts.lookedAt, counted(looked_at), texts.lookedAtHint],
    [texts.affected, counted(affected), texts.billsOf(counted(bills))],
    [texts.blocked, <span key="blocked" className={blocked === 0 ? undefined : 'negative'}>{counted(blocked)}</span>, blocked === 0 ? texts.noneBlocked : texts.blockedHint],
    [texts.before, <Money key="before" value={before} unit />, ''],
    [texts.after, <Money key="after" value={after} unit />, ''],
    [texts.difference, <Difference key="difference" value={difference} unit strong />, way],
  ];
  return (
    <div className="tiles">
      {tiles.map(([name, value, hint]) => (
        <div key={name} className="tile">
          <div className="name">{name}</div>
          <div className="value">{value}</div>
          <div className="correction-more">{hint}</div>
        </div>
      ))}
    </div>
  );
}

/** Who took which step, and when. */
function Steps({ correction, isDead }: { correction: Correction; isDead: boolean }): ReactNode {
  const texts = useTexts(correctionTexts);
  const { state, affected, tried_by, tried_at, approved_by, approved_at, ended_by, ended_at, posted, changed } = correction;
  const by = (who: string | null | undefined, when: string | null | undefined) => (who == null || when == null ? undefined : texts.byAt(who, localInstant(when)));
  const isTried = state !== 'trying' && (state !== 'withdrawn' || correction.looked_at > 0);
  const isApproved = approved_by != null;
  const going = isDead ? texts.notYet : texts.underWay;
  const counts = [...(posted == null ? [] : [texts.postedOf(counted(posted))]), ...(changed == null || changed === 0 ? [] : [texts.changedOf(counted(changed))])].join('，');
  return (
    <div className="correction-strip">
      <ol>
        <Step
          name={texts.stepTrial}
          isDone={isTried}
          told={state === 'trying' ? going : isTried ? texts.accountsUnit(counted(correction.looked_at)) : texts.notYet}
          by={by(tried_by, tried_at)}
        />
        <Step
          name={texts.stepApproval}
          isDone={isApproved}
          told={isApproved ? texts.approved : state !== 'tried' ? texts.notYet : affected === 0 ? texts.nothingToDo : texts.waitsForSecond}
          by={by(approved_by, approved_at)}
        />
        {state === 'withdrawn' ? (
          <Step name={texts.stepWithdrawal} isDone told={texts.withdrawn} by={by(ended_by, ended_at)} />
        ) : (
          <Step
            name={texts.stepIssue}
            isDone={state === 'issued'}
            told={state === 'issued' || (state === 'issuing' && isDead) ? counts : state === 'issuing' ? going : texts.notYet}
            by={by(ended_by, ended_at)}
          />
        )}
      </ol>
    </div>
  );
}

function Step({ name, told, by, isDone }: { name: string; told: string; by: string | undefined; isDone: boolean }): ReactNode {
  return (
    <li className={isDone ? 'done' : ''}>
      <span className="step">
        {isDone ? '✓ ' : ''}
        {name}
      </span>
      <span className="told">{told}</span>
      <span className="by">{by ?? ' '}</span>
    </li>
  );
}

function UnderWay({ work }: { work: Work }): ReactNode {
  const texts = useTexts(correctionTexts);
  const words = useWords();
  return (
    <section aria-label={words(work.name)}>
      <div className="correction-acts">
        <strong>{words(work.name)}</strong> <WorkTag state={work.state} />
        <GoTo to="/long-work/$id" params={{ id: work.id }}>
          {texts.details}
        </GoTo>
        <WorkActs work={work} keys />
      </div>
      <WorkProgress work={work} />
      {work.failure == null ? null : (
        <p className="note bad" role="alert">
          {words(work.failure.message)}
        </p>
      )}
    </section>
  );
}

/** The work behind a correction that is under way. */
function useItsWork({ correction_no, state }: Correction): Work | undefined {
  const kind = state === 'trying' ? 'bill.rebill.trial' : 'bill.rebill.issue';
  return useWorkOn(kind, correction_no, state === 'trying' || state === 'issuing' || state === 'approved');
}

/** Once a step is taken, what it changed is asked for again, on whatever page it stands. */
function useRefreshAfter(correction: Correction | undefined): void {
  const queries = useQueryClient();
  const before = useRef<string | undefined>(undefined);
  const told = correction === undefined ? undefined : `${correction.correction_no} ${correction.state} ${correction.tried_at}`;
  useEffect(() => {
    if (before.current !== undefined && told !== undefined && before.current !== told) {
      for (const name of ['corrections', 'amendments', 'bill', 'bill-months', 'bill-as-of', 'customer', 'billing', 'usage']) {
        void queries.invalidateQueries({ queryKey: [name] });
      }
    }
    before.current = told;
  }, [queries, told]);
}
