import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { DataTable, GoTo, PageState, useAsk, useGo, useTexts, type Column } from '@/ui';

import { Agreements } from './Agreements';
import { Amended, MultiplierAmendment } from './Amend';
import { CountingAmendment } from './AmendCounting';
import { amendTexts } from './amendTexts';
import { Archive } from './Archive';
import { Terms } from './Terms';
import { customerTexts } from './texts';
import { useNames, useTariffNames } from './words';

type Meter = Schema<'Meter'>;
type Row = { meter: Meter; register: Meter['registers'][number] };
type Sibling = Schema<'Sibling'>;

/** Who it is, where he hangs, what counts there. */
export function Overview({ supply_no, hasSiblings, isHighVoltage }: { supply_no: string; hasSiblings: boolean; isHighVoltage: boolean }): ReactNode {
  return (
    <>
      <div className="columns">
        <Archive key={supply_no} supply_no={supply_no} />
        <Network supply_no={supply_no} />
      </div>
      <Meters supply_no={supply_no} />
      <Terms key={`terms ${supply_no}`} supply_no={supply_no} />
      <Agreements key={`agreed ${supply_no}`} supply_no={supply_no} isHighVoltage={isHighVoltage} />
      {hasSiblings ? <Siblings supply_no={supply_no} /> : null}
    </>
  );
}

function Network({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const network = useAsk(['network', supply_no], () => api.GET('/api/usage-points/{supply_no}/network', { params: { path: { supply_no } } }));
  return (
    <section className="panel">
      <h2>{texts.network}</h2>
      <PageState of={network}>
        {(way) => (
          <ol className="way">
            <li>
              <div className="level">{texts.substation}</div>
              {way.substation} <span className="tag">{way.station}</span>
            </li>
            <li>
              <div className="level">{texts.feeder}</div>
              {way.feeder}
            </li>
            <li>
              <div className="level">{texts.area}</div>
              {way.area_name} <span className="figure more">{way.area_code}</span>
              {way.area_capacity_kva == null ? null : <div className="more">{texts.areaCapacity(way.area_capacity_kva)}</div>}
            </li>
            {way.meters.length === 0 ? <li className="more">{texts.noMeter}</li> : null}
            {way.meters.map((meter) => (
              <li key={meter.meter_no}>
                <div className="level">{texts.meter}</div>
                <span className="figure">{meter.meter_no}</span>{' '}
                <span className="more">
                  {texts.installedOn} {meter.installed_on}
                  {meter.multiplier === 1 ? '' : ` · ${texts.multiplier} ${meter.multiplier}`}
                </span>
              </li>
            ))}
          </ol>
        )}
      </PageState>
    </section>
  );
}

function Meters({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const amendment = useTexts(amendTexts);
  const names = useNames();
  const mayAmend = useRights().has('amendment.enter');
  const [amended, setAmended] = useState<{ meter: Meter; counting: boolean }>();
  const meters = useAsk(['meters', supply_no], () => api.GET('/api/usage-points/{supply_no}/meters', { params: { path: { supply_no } } }));
  const columns: Column<Row>[] = [
    { key: 'meter', title: texts.meter, show: ({ meter }) => <span className="figure">{meter.meter_no}</span> },
    { key: 'installed', title: texts.installedOn, show: ({ meter }) => <span className="figure">{meter.installed_on}</span> },
    {
      key: 'removed',
      title: texts.removedOn,
      show: ({ meter }) => (meter.removed_on == null ? <span className="tag good">{texts.inUse}</span> : <span className="figure">{meter.removed_on}</span>),
    },
    { key: 'multiplier', title: texts.multiplier, align: 'right', show: ({ meter }) => meter.multiplier },
    { key: 'register', title: texts.register, show: ({ register }) => names('reg', register.register) },
    { key: 'digits', title: texts.digits, align: 'right', show: ({ register }) => register.digits, minor: true },
    { key: 'opening', title: texts.opening, align: 'right', show: ({ register }) => <span className="figure">{register.opening}</span> },
    { key: 'closing', title: texts.closing, align: 'right', show: ({ register }) => <span className="figure">{register.closing ?? '—'}</span> },
    ...(mayAmend
      ? [
          {
            key: 'acts',
            title: '',
            align: 'right' as const,
            // Once for each meter, beside its first register.
            show: ({ meter, register }: Row) =>
              register !== meter.registers[0] ? null : (
                <span className="row" style={{ justifyContent: 'flex-end' }}>
                  <Button size="small" aria-label={amendment.amendMultiplierOf(meter.meter_no)} onClick={() => setAmended({ meter, counting: false })}>
                    {amendment.amendMultiplier}
                  </Button>
                  <Button size="small" aria-label={amendment.amendCountingOf(meter.meter_no)} onClick={() => setAmended({ meter, counting: true })}>
                    {amendment.amendCounting}
                  </Button>
                </span>
              ),
          },
        ]
      : []),
  ];
  return (
    <section className="panel">
      <h2>{texts.meters}</h2>
      <Amended supply_no={supply_no} />
      <PageState of={meters} isEmpty={(all) => all.length === 0} empty={texts.noMeters}>
        {(all) => (
          <DataTable
            label={texts.meters}
            columns={columns}
            rows={all
              .toSorted((a, b) => b.installed_on.localeCompare(a.installed_on))
              .flatMap((meter) => meter.registers.map((register) => ({ meter, register })))}
            rowKey={({ meter, register }) => `${meter.meter_no} ${register.register}`}
            rowClass={({ meter }) => (meter.removed_on == null ? undefined : 'gone')}
          />
        )}
      </PageState>
      {amended === undefined ? null : amended.counting ? (
        <CountingAmendment key={amended.meter.meter_no} supply_no={supply_no} meter={amended.meter} onEnd={() => setAmended(undefined)} />
      ) : (
        <MultiplierAmendment key={amended.meter.meter_no} supply_no={supply_no} meter={amended.meter} onEnd={() => setAmended(undefined)} />
      )}
    </section>
  );
}

function Siblings({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const tariffs = useTariffNames();
  const go = useGo();
  const siblings = useAsk(['siblings', supply_no], () => api.GET('/api/usage-points/{supply_no}/siblings', { params: { path: { supply_no } } }));
  const columns: Column<Sibling>[] = [
    { key: 'supply_no', title: texts.supplyNo, show: (row) => <GoTo to="/customers/$supply_no" params={{ supply_no: row.supply_no }}>{row.supply_no}</GoTo> },
    { key: 'address', title: texts.address, show: (row) => row.address ?? '—' },
    { key: 'category', title: texts.category, show: (row) => names('category', row.category) },
    { key: 'station', title: texts.station, show: (row) => row.station },
    { key: 'tariff', title: texts.tariff, show: (row) => tariffs(row.tariff), minor: true },
  ];
  return (
    <section className="panel">
      <h2>{texts.siblings}</h2>
      <PageState of={siblings}>
        {(all) => (
          <DataTable
            label={texts.siblings}
            columns={columns}
            rows={all}
            rowKey={(row) => row.supply_no}
            onOpen={(row) => go({ to: '/customers/$supply_no', params: { supply_no: row.supply_no } })}
          />
        )}
      </PageState>
    </section>
  );
}
