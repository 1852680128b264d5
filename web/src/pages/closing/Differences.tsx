import { Button, Input, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { DataTable, Day, Field, Instant, Money, useAct, usePages, useSay, useTexts, useWords } from '@/ui';

import { methodName } from './names';
import { closingTexts } from './texts';

type Row = Schema<'DifferenceRow'>;

/** What was found otherwise than the books say; below it, its story and what can be done about the chosen one. */
export function Differences({ title, query }: { title: string; query: { open?: boolean; day?: string } }): ReactNode {
  const texts = useTexts(closingTexts);
  const words = useWords();
  const [chosen, setChosen] = useState<string>();
  const list = usePages(['differences', query], (after) =>
    api.GET('/api/differences', { params: { query: { ...query, limit: 50, ...(after === undefined ? {} : { after }) } } }),
  );
  const row = list.rows.find((row) => row.id === chosen) ?? list.rows[0];
  const states: Record<string, string> = {
    open: texts.difOpen,
    explained: texts.difExplained,
    settled: texts.difSettled,
    withdrawn: texts.difWithdrawn,
  };
  return (
    <section className="panel">
      <h2>{title}</h2>
      <DataTable
        label={title}
        rows={list}
        rowKey={(row) => row.id}
        chosen={row?.id}
        onChoose={(row) => setChosen(row.id)}
        empty={texts.noDifferences}
        height={360}
        columns={[
          { key: 'day', title: texts.day, show: (row) => <Day value={row.day} /> },
          { key: 'kind', title: texts.kind, show: (row) => words(row.name) },
          {
            key: 'reference',
            title: texts.reference,
            show: (row) => row.reference ?? (row.method == null ? (row.channel == null ? '' : methodName(row.channel, texts)) : methodName(row.method, texts)),
          },
          { key: 'expected', title: texts.expected, show: (row) => <Money value={row.expected} />, align: 'right', minor: true },
          { key: 'found', title: texts.found, show: (row) => <Money value={row.found} />, align: 'right', minor: true },
          { key: 'amount', title: texts.amount, show: (row) => <Money value={row.amount} strong />, align: 'right' },
          { key: 'owner', title: texts.owner, show: (row) => row.owner },
          { key: 'state', title: texts.state, show: (row) => <span className="tag">{states[row.state] ?? row.state}</span> },
        ]}
      />
      {row === undefined ? null : <Story key={row.id} row={row} states={states} />}
    </section>
  );
}

/** Cash can be borne by the bureau, and made good where it was short; anything else is put right by other entries. */
function endingsOf({ kind, method, amount }: Row): ('paid-in' | 'written-off' | 'corrected')[] {
  if (kind !== 'till' || method !== 'cash') {
    return ['corrected'];
  }
  return amount.startsWith('-') ? ['paid-in', 'written-off', 'corrected'] : ['written-off', 'corrected'];
}

function Story({ row, states }: { row: Row; states: Record<string, string> }): ReactNode {
  const texts = useTexts(closingTexts);
  const rights = useRights();
  const say = useSay();
  const [doing, setDoing] = useState<'explain' | 'settle'>();
  const endings = endingsOf(row);
  const [how, setHow] = useState(endings[0] ?? 'corrected');
  const [slip, setSlip] = useState('');
  const names = { 'written-off': texts.writtenOff, 'paid-in': texts.paidIn, corrected: texts.corrected };
  const path = { id: row.id };
  const refresh = [['differences'], ['closing-day']];
  const explain = useAct(
    (text: string, header) => api.POST('/api/differences/{id}/explanation', { params: { path, header }, body: { text } }),
    { name: `explain ${row.id}`, refresh, fields: ['reason'], done: () => (say.done(texts.explained), setDoing(undefined)) },
  );
  const settle = useAct(
    (body: Schema<'SettlementWish'>, header) => api.POST('/api/differences/{id}/settlement', { params: { path, header }, body }),
    { name: `settle ${row.id}`, refresh, fields: ['reason', 'slip_no', 'how'], done: () => (say.done(texts.settled), setDoing(undefined)) },
  );
  return (
    <div className="story">
      <ol className="plain-list">
        {row.events.map((event) => (
          <li key={`${event.at}${event.state}`}>
            <Instant value={event.at} /> {states[event.state] ?? event.state} · {event.by} · {event.text}
          </li>
        ))}
      </ol>
      {doing === undefined ? (
        <Space>
          {row.acts.includes('explain') ? <Button onClick={() => setDoing('explain')}>{texts.explain}</Button> : null}
          {row.acts.includes('settle') && rights.has('closing.settle') ? (
            <Button onClick={() => setDoing('settle')}>{texts.settle}</Button>
          ) : null}
        </Space>
      ) : doing === 'explain' ? (
        <ReasonField act={texts.explain} least={2} onGiven={explain.run} onCancel={() => setDoing(undefined)} isRunning={explain.isRunning} error={explain.at('reason')} />
      ) : (
        <>
          <Space wrap align="start">
            <Field label={texts.settle} error={settle.at('how')}>
              <Select
                value={how}
                onChange={setHow}
                style={{ width: 180 }}
                options={endings.map((value) => ({ value, label: names[value] }))}
              />
            </Field>
            {how === 'paid-in' ? (
              <Field label={texts.slip} error={settle.at('slip_no')} required>
                <Input value={slip} maxLength={40} onChange={(event) => setSlip(event.target.value)} />
              </Field>
            ) : null}
          </Space>
          <ReasonField
            act={texts.settle}
            least={2}
            onGiven={(text) => settle.run({ how, slip_no: how === 'paid-in' ? slip : null, text })}
            onCancel={() => setDoing(undefined)}
            isRunning={settle.isRunning}
            error={settle.at('reason')}
          />
        </>
      )}
    </div>
  );
}
