import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, PageState, useAsk, useTexts, type Column } from '@/ui';

import { agreementTexts } from './agreementTexts';

type Agreement = Schema<'Agreement'>;
type Suspension = Schema<'Suspension'>;

/** What was agreed on with a customer who pays for more than energy; nothing where there is nothing. */
export function Agreements({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(agreementTexts);
  const asked = useAsk(['agreements', supply_no], () => api.GET('/api/usage-points/{supply_no}/agreements', { params: { path: { supply_no } } }));
  const { agreements = [], suspensions = [] } = asked.data ?? {};
  if (agreements.length === 0) {
    return asked.problem !== null ? <PageState of={asked}>{() => null}</PageState> : null;
  }
  const figure = (value: string | null | undefined, unit: string) => (value == null ? '—' : `${value} ${unit}`);
  const newest = agreements.toReversed();
  const columns: Column<Agreement>[] = [
    { key: 'from', title: texts.from, show: (row) => <span className="figure">{row.from}</span> },
    { key: 'mode', title: texts.mode, show: (row) => (row.demand_mode == null ? texts.noBasic : modeName(texts, row.demand_mode)) },
    { key: 'capacity', title: texts.capacity, align: 'right', show: (row) => <span className="figure">{figure(row.capacity_kva, 'kVA')}</span> },
    { key: 'contract', title: texts.contract, align: 'right', show: (row) => <span className="figure">{figure(row.contract_kw, 'kW')}</span> },
    { key: 'side', title: texts.side, show: (row) => (row.meter_side === 'low' ? texts.low : texts.high) },
    { key: 'no_load', title: texts.noLoad, align: 'right', show: (row) => <span className="figure">{figure(row.no_load_kw, 'kW')}</span>, minor: true },
    { key: 'line', title: texts.line, align: 'right', show: (row) => <span className="figure">{row.line_loss ?? '—'}</span>, minor: true },
  ];
  const rests: Column<Suspension>[] = [
    { key: 'from', title: texts.from, show: (row) => <span className="figure">{row.from}</span> },
    { key: 'to', title: texts.to, show: (row) => <span className="figure">{row.to}</span> },
    { key: 'capacity', title: texts.resting, align: 'right', show: (row) => <span className="figure">{figure(row.capacity_kva, 'kVA')}</span> },
  ];
  return (
    <section className="panel">
      <h2>{texts.title}</h2>
      <DataTable label={texts.title} columns={columns} rows={newest} rowKey={(row) => row.from} rowClass={(row) => (row === newest[0] ? undefined : 'gone')} />
      {suspensions.length === 0 ? null : (
        <>
          <h3>{texts.suspensions}</h3>
          <DataTable label={texts.suspensions} columns={rests} rows={suspensions.toReversed()} rowKey={(row) => row.from} />
        </>
      )}
    </section>
  );
}

function modeName(texts: { capacityMode: string; contractMode: string; actualMode: string }, mode: string): string {
  return { capacity: texts.capacityMode, contract: texts.contractMode, actual: texts.actualMode }[mode] ?? mode;
}
