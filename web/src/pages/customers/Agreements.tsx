import { Button, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, PageState, today, useAct, useAsk, useSay, useTexts, type Column } from '@/ui';

import { AGREED, AgreementForm, ResumptionForm, SuspensionForm } from './AgreementForms';
import { agreementTexts } from './agreementTexts';

type Agreed = Schema<'Agreements'>;
type Agreement = Schema<'Agreement'>;
type Suspension = Schema<'Suspension'>;
type Doing = { act: 'agree' } | { act: 'suspend' } | { act: 'withdraw'; row: Agreement } | { act: 'resume'; row: Suspension } | { act: 'withdraw-rest'; row: Suspension };

/** What was agreed on with a customer who pays for more than energy. One at low voltage, with whom nothing is, has no panel. */
export function Agreements({ supply_no, isHighVoltage }: { supply_no: string; isHighVoltage: boolean }): ReactNode {
  const texts = useTexts(agreementTexts);
  const rights = useRights();
  const asked = useAsk(['agreements', supply_no], () => api.GET('/api/usage-points/{supply_no}/agreements', { params: { path: { supply_no } } }));
  const canKeep = rights.has('agreement.keep');
  const isAsking = asked.data === undefined && asked.problem === null;
  const hasNone = asked.data?.agreements.length === 0;
  // Most customers have none: nothing is drawn for them, neither while it is asked.
  if ((isAsking && !isHighVoltage) || (hasNone && !(isHighVoltage && canKeep))) {
    return null;
  }
  return (
    <section className="panel">
      <h2>{texts.title}</h2>
      <PageState of={asked}>{(agreed) => <Contract supply_no={supply_no} agreed={agreed} canKeep={canKeep} />}</PageState>
    </section>
  );
}

function Contract({ supply_no, agreed, canKeep }: { supply_no: string; agreed: Agreed; canKeep: boolean }): ReactNode {
  const texts = useTexts(agreementTexts);
  const [doing, setDoing] = useState<Doing>();
  const end = () => setDoing(undefined);
  const figure = (value: string | null | undefined, unit: string) => <span className="figure">{value == null ? '—' : `${value} ${unit}`}</span>;
  const newest = agreed.agreements.at(-1);
  const held = agreed.agreements.findLast((row) => row.from <= today());
  const isOpen = (day: string) => agreed.billed_to == null || day > agreed.billed_to;
  const toWithdraw = (from: string, onAct: () => void) => (
    <Button size="small" disabled={!isOpen(from)} title={isOpen(from) ? undefined : texts.billed(agreed.billed_to ?? '')} onClick={onAct}>
      {texts.withdraw}
    </Button>
  );
  const columns: Column<Agreement>[] = [
    { key: 'from', title: texts.from, show: (row) => <span className="figure">{row.from}</span> },
    { key: 'mode', title: texts.mode, show: (row) => (row.demand_mode == null ? texts.noBasic : modeName(texts, row.demand_mode)) },
    { key: 'capacity', title: texts.capacity, align: 'right', show: (row) => figure(row.capacity_kva, 'kVA') },
    { key: 'contract', title: texts.contract, align: 'right', show: (row) => figure(row.contract_kw, 'kW') },
    { key: 'side', title: texts.side, show: (row) => (row.meter_side === 'low' ? texts.low : texts.high) },
    { key: 'no_load', title: texts.noLoad, align: 'right', show: (row) => figure(row.no_load_kw, 'kW'), minor: true },
    { key: 'line', title: texts.line, align: 'right', show: (row) => figure(row.line_loss, ''), minor: true },
    ...(canKeep ? [{ key: 'acts', title: '', align: 'right' as const, show: (row: Agreement) => toWithdraw(row.from, () => setDoing({ act: 'withdraw', row })) }] : []),
  ];
  const rests: Column<Suspension>[] = [
    { key: 'from', title: texts.from, show: (row) => <span className="figure">{row.from}</span> },
    { key: 'to', title: texts.to, show: (row) => <span className="figure">{row.to}</span> },
    { key: 'capacity', title: texts.resting, align: 'right', show: (row) => figure(row.capacity_kva, 'kVA') },
    ...(canKeep
      ? [
          {
            key: 'acts',
            title: '',
            align: 'right' as const,
            show: (row: Suspension) => (
              <Space size={4}>
                <Button size="small" disabled={!isOpen(row.to)} title={isOpen(row.to) ? undefined : texts.billed(agreed.billed_to ?? '')} onClick={() => setDoing({ act: 'resume', row })}>
                  {texts.resume}
                </Button>
                {toWithdraw(row.from, () => setDoing({ act: 'withdraw-rest', row }))}
              </Space>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <DataTable
        label={texts.title}
        columns={columns}
        rows={agreed.agreements.toReversed()}
        rowKey={(row) => row.from}
        rowClass={(row) => (held !== undefined && row.from < held.from ? 'gone' : undefined)}
        empty={texts.none}
      />
      {agreed.suspensions.length === 0 ? null : (
        <div className="agreement-rests">
          <h3>{texts.suspensions}</h3>
          <DataTable label={texts.suspensions} columns={rests} rows={agreed.suspensions.toReversed()} rowKey={(row) => row.from} />
        </div>
      )}
      {doing?.act === 'agree' ? <AgreementForm supply_no={supply_no} last={newest} onEnd={end} /> : null}
      {doing?.act === 'suspend' ? <SuspensionForm supply_no={supply_no} onEnd={end} /> : null}
      {doing?.act === 'resume' ? <ResumptionForm key={doing.row.from} supply_no={supply_no} rest={doing.row} onEnd={end} /> : null}
      {doing?.act === 'withdraw' ? <Withdrawal key={doing.row.from} supply_no={supply_no} from={doing.row.from} onEnd={end} /> : null}
      {doing?.act === 'withdraw-rest' ? <Withdrawal key={doing.row.from} supply_no={supply_no} from={doing.row.from} isRest onEnd={end} /> : null}
      {doing === undefined && canKeep ? (
        <Space className="agreement-acts">
          <ActButton does={texts.enter} onAct={() => setDoing({ act: 'agree' })} />
          <ActButton does={texts.suspend} notNow={newest === undefined ? texts.none : undefined} onAct={() => setDoing({ act: 'suspend' })} />
        </Space>
      ) : null}
    </>
  );
}

function Withdrawal({ supply_no, from, isRest = false, onEnd }: { supply_no: string; from: string; isRest?: boolean; onEnd: () => void }): ReactNode {
  const texts = useTexts(agreementTexts);
  const say = useSay();
  const withdraw = useAct(
    (reason: string, header) => {
      const how = { params: { path: { supply_no, from }, header }, body: { reason } };
      return isRest ? api.POST('/api/usage-points/{supply_no}/suspensions/{from}/withdrawal', how) : api.POST('/api/usage-points/{supply_no}/agreements/{from}/withdrawal', how);
    },
    {
      name: `withdraw ${isRest ? 'suspension' : 'agreement'} ${supply_no} ${from}`,
      refresh: AGREED(supply_no),
      fields: ['reason'],
      done: () => (say.done(texts.withdrawn), onEnd()),
    },
  );
  return (
    <div className="agreement-form">
      <h3>{isRest ? texts.withdrawRest(from) : texts.withdrawFrom(from)}</h3>
      <ReasonField act={texts.withdraw} danger onGiven={withdraw.run} onCancel={onEnd} isRunning={withdraw.isRunning} error={withdraw.at('reason')} />
    </div>
  );
}

function modeName(texts: { capacityMode: string; contractMode: string; actualMode: string }, mode: string): string {
  return { capacity: texts.capacityMode, contract: texts.contractMode, actual: texts.actualMode }[mode] ?? mode;
}
