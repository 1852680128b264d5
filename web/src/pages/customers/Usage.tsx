import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { Curve, DataTable, Kwh, PageState, useAsk, useTexts, type Column, type Series } from '@/ui';

import { Amended, ReadingAmendment, isAmendable } from './Amend';
import { amendTexts } from './amendTexts';
import { customerTexts } from './texts';
import { useNames } from './words';

type Span = Schema<'UseSpan'>;
type Reading = Schema<'RegisterReading'>;
const READINGS = 200;

/** What the registers counted from reading to reading, as a day's average; estimates are marked. */
export function Usage({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const amendment = useTexts(amendTexts);
  const names = useNames();
  const mayAmend = useRights().has('amendment.enter');
  const [amended, setAmended] = useState<Reading>();
  const spans = useAsk(['usage', supply_no], () => api.GET('/api/usage-points/{supply_no}/usage', { params: { path: { supply_no } } }));
  const readings = useAsk(['readings', supply_no], () =>
    api.GET('/api/usage-points/{supply_no}/readings', { params: { path: { supply_no }, query: { limit: READINGS } } }),
  );
  const told = new Map((readings.data ?? []).map((reading) => [keyOf(reading.meter_no, reading.register, reading.read_on), reading]));
  const reading = (span: Span): Reading | undefined => told.get(keyOf(span.meter_no, span.register, span.to));
  const toAmend = (read: Reading | undefined): ReactNode =>
    read === undefined || !isAmendable(read.kind) ? null : (
      <Button size="small" aria-label={amendment.amendReadingOf(read.meter_no, names('reg', read.register), read.read_on)} onClick={() => setAmended(read)}>
        {amendment.amend}
      </Button>
    );
  const columns: Column<Span>[] = [
    { key: 'to', title: texts.readOn, show: (span) => <span className="figure">{span.to}</span> },
    { key: 'meter', title: texts.meter, show: (span) => <span className="figure">{span.meter_no}</span>, minor: true },
    { key: 'register', title: texts.register, show: (span) => names('reg', span.register) },
    { key: 'value', title: texts.value, align: 'right', show: (span) => <span className="figure">{reading(span)?.value ?? '—'}</span> },
    { key: 'from', title: texts.since, show: (span) => <span className="figure">{span.from}</span> },
    { key: 'days', title: texts.days, align: 'right', show: (span) => span.days },
    { key: 'kwh', title: texts.kwh, align: 'right', show: (span) => (span.kwh == null ? <span className="tag bad">{texts.backwards}</span> : <Kwh value={span.kwh} />) },
    { key: 'per_day', title: texts.perDay, align: 'right', show: (span) => <Kwh value={span.kwh_per_day} /> },
    { key: 'kind', title: texts.how, show: (span) => <span className={`tag${span.kind === 'estimated' ? ' warn' : ''}`}>{names('kind', span.kind)}</span> },
    {
      key: 'doubts',
      title: texts.doubts,
      show: (span) => [...(reading(span)?.doubts ?? []), ...(span.rolled_over ? ['rollover'] : [])].filter(once).map((doubt) => <span key={doubt} className="tag warn">{names('doubt', doubt)}</span>),
    },
    ...(mayAmend ? [{ key: 'acts', title: '', align: 'right' as const, show: (span: Span) => toAmend(reading(span)) }] : []),
  ];
  // What is no energy has no span, and was billed all the same.
  const others = (readings.data ?? []).filter(({ unit }) => unit !== 'kWh');
  const other: Column<Reading>[] = [
    { key: 'on', title: texts.readOn, show: ({ read_on }) => <span className="figure">{read_on}</span> },
    { key: 'meter', title: texts.meter, show: ({ meter_no }) => <span className="figure">{meter_no}</span> },
    { key: 'register', title: texts.register, show: ({ register }) => names('reg', register) },
    { key: 'value', title: texts.value, align: 'right', show: ({ value, unit }) => <span className="figure">{`${value} ${unit}`}</span> },
    { key: 'kind', title: texts.how, show: ({ kind }) => <span className={`tag${kind === 'estimated' ? ' warn' : ''}`}>{names('kind', kind)}</span> },
    ...(mayAmend ? [{ key: 'acts', title: '', align: 'right' as const, show: toAmend }] : []),
  ];
  return (
    <PageState of={spans} isEmpty={(all) => all.length === 0} empty={texts.noSpans}>
      {(all) => (
        <>
          <section className="panel">
            <h2>{texts.curve}</h2>
            <Curve label={texts.curve} height={260} unit={texts.perDayUnit} {...drawn(all, (register) => names('reg', register), texts.estimatedPoints)} />
          </section>
          <section className="panel">
            <h2>{texts.spansTable}</h2>
            <Amended supply_no={supply_no} />
            {amended === undefined ? null : (
              <ReadingAmendment key={keyOf(amended.meter_no, amended.register, amended.read_on)} supply_no={supply_no} reading={amended} onEnd={() => setAmended(undefined)} />
            )}
            <DataTable
              label={texts.spansTable}
              columns={columns}
              rows={all.toReversed()}
              rowKey={(span) => keyOf(span.meter_no, span.register, span.to)}
              rowClass={(span) => (span.estimated ? 'doubtful' : undefined)}
            />
          </section>
          {others.length === 0 ? null : (
            <section className="panel">
              <h2>{texts.others}</h2>
              <DataTable
                label={texts.others}
                columns={other}
                rows={others}
                rowKey={(read) => keyOf(read.meter_no, read.register, read.read_on)}
                rowClass={({ kind }) => (kind === 'estimated' ? 'doubtful' : undefined)}
              />
            </section>
          )}
        </>
      )}
    </PageState>
  );
}

const keyOf = (meter_no: string, register: string, day: string) => `${meter_no} ${register} ${day}`;

const once = (word: string, at: number, all: string[]) => all.indexOf(word) === at;

/** A line for each register, and a mark where the use rests on an estimate. */
function drawn(spans: readonly Span[], nameOf: (register: string) => string, estimated: string): { x: string[]; series: Series[] } {
  const x = spans.map((span) => span.to).filter(once);
  const registers = spans.map((span) => span.register).filter(once);
  const at = (register: string, day: string, wanted: (span: Span) => boolean) =>
    spans.find((span) => span.register === register && span.to === day && wanted(span))?.kwh_per_day ?? null;
  const series: Series[] = registers.map((register) => ({ name: nameOf(register), values: x.map((day) => at(register, day, () => true)) }));
  if (spans.some((span) => span.estimated)) {
    const first = registers.includes('total') ? 'total' : registers[0];
    series.push({ name: estimated, values: x.map((day) => at(first ?? '', day, (span) => span.estimated)), marks: true });
  }
  return { x, series };
}
