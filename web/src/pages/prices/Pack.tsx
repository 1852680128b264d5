import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights, useSession } from '@/shell/session';
import { ActButton, Day, Instant, PageHead, PageState, today, useAct, useAsk, useGo, usePart, useSay, useTexts, useWords } from '@/ui';

import { PackCheck, PackText } from './PackCheck';
import { PackState } from './Packs';
import './prices.css';
import { packTexts } from './packTexts';

type InFull = Schema<'TariffPackInFull'>;

export default function Pack(): ReactNode {
  const texts = useTexts(packTexts);
  const rights = useRights();
  const go = useGo();
  const pack_no = usePart('pack_no');
  const pack = useAsk(['tariff-pack', pack_no], () => api.GET('/api/tariff-packs/{pack_no}', { params: { path: { pack_no: Number.parseInt(pack_no, 10) } } }));
  return (
    <>
      <PageHead title={texts.packTitle(pack_no)} about={pack.data === undefined ? undefined : <PackState state={pack.data.state} />}>
        {rights.has('tariff.try') ? <ActButton does={texts.tryOut} keys="t" onAct={() => go({ to: '/prices/trials', query: { new: '1', pack: pack_no } })} /> : null}
      </PageHead>
      <PageState of={pack}>{(pack) => <Shown pack={pack} />}</PageState>
    </>
  );
}

function Shown({ pack }: { pack: InFull }): ReactNode {
  const texts = useTexts(packTexts);
  const words = useWords();
  const [isOpen, setOpen] = useState(false);
  const isWaiting = pack.state === 'offered';
  return (
    <>
      <section className="panel">
        <dl className="facts">
          <dt>{texts.tariff}</dt>
          <dd>
            {words(pack.name)} <span className="code">{pack.code}</span>
          </dd>
          <dt>{texts.startsOn}</dt>
          <dd>
            <Day value={pack.starts_on} /> {pack.backdated ? <span className="tag warn">{texts.backdated}</span> : null}
          </dd>
          <dt>{texts.offeredBy}</dt>
          <dd>
            {pack.offered_by} <Instant value={pack.offered_at} />
          </dd>
          {pack.approved_by == null ? null : (
            <>
              <dt>{texts.approve}</dt>
              <dd>
                {pack.approved_by} <Instant value={pack.approved_at} />
              </dd>
            </>
          )}
          {pack.ended_by == null ? null : (
            <>
              <dt>{pack.state === 'refused' ? texts.refuse : texts.withdraw}</dt>
              <dd>
                {pack.ended_by} <Instant value={pack.ended_at} /> {pack.reason}
              </dd>
            </>
          )}
          <dt>{texts.digest}</dt>
          <dd className="code">{pack.digest}</dd>
        </dl>
        <Decisions pack={pack} />
      </section>
      {isWaiting ? (
        <section className="panel">
          <h2>{texts.effect}</h2>
          <PackCheck check={pack.check} />
        </section>
      ) : null}
      <section className="panel">
        <header>
          <h2>{texts.source}</h2>
          <Button size="small" onClick={() => setOpen(!isOpen)}>
            {isOpen ? texts.hideSource : texts.showSource}
          </Button>
        </header>
        {isOpen ? <PackText text={pack.text} wrong={[]} /> : null}
      </section>
    </>
  );
}

/** Approve, send back, withdraw: whichever the person may, with the reason why not. */
function Decisions({ pack }: { pack: InFull }): ReactNode {
  const texts = useTexts(packTexts);
  const say = useSay();
  const rights = useRights();
  const { login } = useSession();
  const [asking, setAsking] = useState<'refuse' | 'withdraw' | null>(null);
  const { pack_no, digest } = pack;
  const refresh = [['tariff-pack', String(pack_no)], ['tariff-packs'], ['tariffs'], ['tariff']];
  const path = { pack_no };
  const closed = (words: string) => () => {
    setAsking(null);
    say.done(words);
  };
  const approve = useAct((wish: { digest: string }, header) => api.POST('/api/tariff-packs/{pack_no}/approval', { params: { path, header }, body: wish }), {
    name: `tariff-pack ${pack_no} approve`,
    refresh,
    done: closed(texts.approved),
  });
  const refuse = useAct((reason: string, header) => api.POST('/api/tariff-packs/{pack_no}/refusal', { params: { path, header }, body: { digest, reason } }), {
    name: `tariff-pack ${pack_no} refuse`,
    refresh,
    fields: ['reason'],
    done: closed(texts.refused),
  });
  const withdraw = useAct((reason: string, header) => api.POST('/api/tariff-packs/{pack_no}/withdrawal', { params: { path, header }, body: { reason } }), {
    name: `tariff-pack ${pack_no} withdraw`,
    refresh,
    fields: ['reason'],
    done: closed(texts.withdrawn),
  });
  const isWaiting = pack.state === 'offered';
  const isOwn = pack.offered_by === login ? texts.own : undefined;
  const mayWithdraw = isWaiting || pack.state === 'approved';
  if (asking !== null) {
    const act = asking === 'refuse' ? refuse : withdraw;
    return (
      <ReasonField
        act={asking === 'refuse' ? texts.refuse : texts.withdraw}
        danger
        onGiven={act.run}
        onCancel={() => setAsking(null)}
        isRunning={act.isRunning}
        error={act.at('reason')}
      />
    );
  }
  return (
    <div className="row" style={{ marginTop: 12 }}>
      {isWaiting && rights.has('tariff.approve') ? (
        <>
          <ActButton does={texts.approve} keys="alt+a" type="primary" loading={approve.isRunning} notNow={isOwn ?? (pack.check.sound ? undefined : texts.nowHolds)} onAct={() => approve.run({ digest })} />
          <ActButton does={texts.refuse} keys="alt+r" notNow={isOwn} onAct={() => setAsking('refuse')} />
        </>
      ) : null}
      {mayWithdraw && rights.has('tariff.upload') ? (
        <ActButton does={texts.withdraw} keys="alt+w" danger notNow={pack.state === 'approved' && pack.starts_on <= today() ? texts.started : undefined} onAct={() => setAsking('withdraw')} />
      ) : null}
    </div>
  );
}
