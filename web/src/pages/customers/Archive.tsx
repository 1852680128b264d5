import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, Day, PageState, useAct, useAsk, useSay, useTexts } from '@/ui';

import { LiveMandate, useLiveMandate } from './LiveMandate';
import { customerTexts } from './texts';
import { useNames } from './words';

type Point = Schema<'UsagePoint'>;
const LEAST_REASON = 5;

/** The archive, masked; in full for a reason that is asked for in place. */
export function Archive({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const rights = useRights();
  const say = useSay();
  const [isAsking, setAsking] = useState(false);
  const [full, setFull] = useState<Point | null>(null);
  const masked = useAsk(['usage-point', supply_no], () => api.GET('/api/usage-points/{supply_no}', { params: { path: { supply_no } } }));
  const mandate = useLiveMandate(supply_no);
  const unmask = useAct(
    (reason: string, header) => api.POST('/api/usage-points/{supply_no}/unmasking', { params: { path: { supply_no }, header }, body: { reason } }),
    {
      name: `unmask ${supply_no}`,
      fields: ['reason'],
      refresh: [['events', supply_no]],
      done: (point) => {
        setFull(point);
        setAsking(false);
        say.done(texts.unmasked);
      },
    },
  );
  return (
    <section className="panel">
      <header>
        <h2>{texts.archive}</h2>
        <span className="stretch" />
        {full !== null ? (
          <Button size="small" onClick={() => setFull(null)}>
            {texts.hideAgain}
          </Button>
        ) : rights.has('archive.unmask') && !isAsking ? (
          <ActButton does={texts.unmask} keys="u" size="small" onAct={() => setAsking(true)} />
        ) : null}
      </header>
      {isAsking ? (
        <ReasonField
          label={texts.unmaskWhy}
          act={texts.unmask}
          least={LEAST_REASON}
          usual={[texts.unmaskUsual1, texts.unmaskUsual2, texts.unmaskUsual3]}
          onGiven={unmask.run}
          onCancel={() => setAsking(false)}
          isRunning={unmask.isRunning}
          error={unmask.at('reason')}
        />
      ) : null}
      <PageState of={masked}>{(point) => <Facts point={full ?? point} mandate={mandate} />}</PageState>
    </section>
  );
}

function Facts({ point, mandate }: { point: Point; mandate: Schema<'Mandate'> | undefined }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const rights = useRights();
  const facts: [string, ReactNode][] = [
    [texts.name, <b key="name">{point.name}</b>],
    [texts.phone, <span key="phone" className="figure">{point.phone ?? '—'}</span>],
    [texts.address, point.address ?? '—'],
    ...(point.customer_no == null ? [] : [[texts.customerNo, point.customer_no] as [string, ReactNode]]),
    [texts.kind, names('kind', point.kind)],
    [texts.category, `${names('category', point.category)} (${point.category})`],
    [texts.voltage, [point.voltage, point.capacity_kva == null ? null : `${point.capacity_kva} kVA`].filter((told) => told !== null).join(' · ')],
    [texts.station, point.station],
    [texts.area, <span key="area" className="figure">{point.area_code}</span>],
    [texts.book, point.book ?? '—'],
    [texts.openedOn, <Day key="opened" value={point.opened_on} />],
    ...(rights.has('mandate.read') ? [[texts.mandate, <LiveMandate key="mandate" supply_no={point.supply_no} mandate={mandate} />] as [string, ReactNode]] : []),
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
