import { useQueryClient } from '@tanstack/react-query';
import { Progress } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ActButton, GoTo, Instant, PageHead, PageState, counted, useAsk, useGo, usePart, useTexts, useWords } from '@/ui';

import { StateTag as WorkTag, WATCHED_MS, WorkActs, WorkProgress, useWorkOn } from '../long-work/parts';
import '../long-work/long-work.css';
import { Result } from './Result';
import { StateTag, monthsOf, takeFile, useScopeName, useWayName, type Trial } from './parts';
import { trialTexts } from './texts';

/** One trial: how far it is, then what it came to. */
export default function TrialPage(): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const go = useGo();
  const no = usePart('no');
  const [isBusy, setBusy] = useState(true);
  const asked = useAsk(['price-trials', no], () => api.GET('/api/price-trials/{trial_no}', { params: { path: { trial_no: no } } }), isBusy ? { everyMs: WATCHED_MS } : {});
  const trial = asked.data?.trial;
  const isTried = trial?.state === 'tried';
  useEffect(() => setBusy(!isTried), [isTried]);
  const again = (of: Trial) =>
    go({ to: '/prices/trials', query: { new: '1', pack: of.pack_no, from: of.from, to: of.to, way: of.way, station: of.station ?? undefined } });
  return (
    <>
      <PageHead title={texts.titleOf(no)} about={trial === undefined ? undefined : `${words(trial.tariff_name)} · ${monthsOf(trial)}`}>
        {trial === undefined ? null : (
          <>
            {isTried ? <FileButton no={no} /> : null}
            <ActButton does={texts.again} keys="n" onAct={() => again(trial)} />
          </>
        )}
        <GoTo to="/prices/trials">{texts.toList}</GoTo>
      </PageHead>
      <PageState of={asked}>{(found) => <Whole found={found} />}</PageState>
    </>
  );
}

function FileButton({ no }: { no: string }): ReactNode {
  const texts = useTexts(trialTexts);
  return <ActButton does={texts.file} keys="e" type="primary" onAct={() => takeFile(`/api/price-trials/${no}/bills.csv`)} />;
}

function Whole({ found }: { found: Schema<'PriceTrialInFull'> }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const wayName = useWayName();
  const scopeName = useScopeName();
  const { trial, sums } = found;
  return (
    <>
      <section className="panel">
        <dl className="facts">
          <dt>{texts.pack}</dt>
          <dd>
            <GoTo to="/prices/packs/$pack_no" params={{ pack_no: String(trial.pack_no) }}>
              {texts.packNo(trial.pack_no)}
            </GoTo>{' '}
            {words(trial.tariff_name)} <span className="code">{trial.tariff}</span>
          </dd>
          <dt>{texts.months}</dt>
          <dd className="figure">{monthsOf(trial)}</dd>
          <dt>{texts.way}</dt>
          <dd>{wayName(trial.way)}</dd>
          <dt>{texts.scope}</dt>
          <dd>{scopeName(trial.station)}</dd>
          <dt>{texts.asked}</dt>
          <dd>
            {trial.asked_by} <Instant value={trial.asked_at} /> <StateTag of={trial} /> {trial.tried_at == null ? null : <Instant value={trial.tried_at} />}
          </dd>
        </dl>
        {trial.state === 'tried' ? null : <UnderWay trial={trial} />}
      </section>
      {sums == null ? null : <Result trial={trial} sums={sums} />}
    </>
  );
}

/** The work where the person may see it, with its acts; how far it is for everybody else. */
function UnderWay({ trial }: { trial: Trial }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const work = useWorkOn('tariff.try', trial.trial_no);
  const queries = useQueryClient();
  const state = work?.state;
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ['price-trials', trial.trial_no] });
  }, [queries, trial.trial_no, state]);
  if (work === undefined) {
    const told = texts.doneOf(counted(trial.done), counted(trial.of));
    return (
      <div className="trial-under-way">
        <p className="note">{texts.underWay}</p>
        <Progress percent={Math.floor((100 * trial.done) / Math.max(1, trial.of))} status="active" aria-label={told} />
        <p className="figure">{told}</p>
      </div>
    );
  }
  return (
    <div className="trial-under-way">
      <div className="trial-acts">
        <WorkTag state={work.state} />
        <GoTo to="/long-work/$id" params={{ id: work.id }}>
          {texts.details}
        </GoTo>
        <WorkActs work={work} keys />
      </div>
      <WorkProgress work={work} />
      {work.failure == null ? (
        <p className="about">{texts.underWay}</p>
      ) : (
        <p className="note bad" role="alert">
          {words(work.failure.message)}
        </p>
      )}
    </div>
  );
}
