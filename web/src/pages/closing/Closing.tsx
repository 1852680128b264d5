import { Button, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Field, GoTo, Instant, Money, PageHead, PageState, today, useAct, useAsk, useQueryState, useSay, useTexts, useWords } from '@/ui';

import { useSave } from '../money/save';
import './closing.css';
import { Bank } from './Bank';
import { Differences } from './Differences';
import { methodName } from './names';
import { closingTexts } from './texts';

type DayRow = Schema<'DayRow'>;
type TillRow = Schema<'TillRow'>;

/** The day as its head sees it: tills, channels, bank, differences, and the close. */
export default function Closing(): ReactNode {
  const texts = useTexts(closingTexts);
  const [query, setQuery] = useQueryState();
  const day = query['day'] ?? today();
  const asked = useAsk(['closing-day', day], () => api.GET('/api/closing-days/{day}', { params: { path: { day } } }), { everyMs: 30_000, keepOld: true });
  return (
    <>
      <PageHead title={texts.dayPage} about={asked.data?.stations == null ? undefined : texts.partOnly(asked.data.stations.join('、'))}>
        <Field label={texts.day} inline>
          <DayInput value={day} allowClear={false} onChange={(value) => setQuery({ day: value ?? undefined })} />
        </Field>
      </PageHead>
      <PageState of={asked}>{(found) => <Shown key={day} day={found} />}</PageState>
      <Differences title={texts.differences} query={{ open: true }} />
    </>
  );
}

function Shown({ day }: { day: DayRow }): ReactNode {
  const texts = useTexts(closingTexts);
  const isWhole = day.stations == null;
  return (
    <>
      <CloseBar day={day} />
      <Tills rows={day.tills} isClosed={day.closed_at != null} />
      {isWhole ? (
        <div className="till-columns">
          <section className="panel">
            <h2>{texts.taken}</h2>
            <DataTable
              label={texts.taken}
              rows={Object.entries(day.taken)}
              rowKey={([method]) => method}
              columns={[
                { key: 'method', title: texts.method, show: ([method]) => methodName(method, texts) },
                { key: 'count', title: texts.number, show: ([, tally]) => <span className="figure">{tally.count}</span>, align: 'right' },
                { key: 'amount', title: texts.total, show: ([, tally]) => <Money value={tally.amount} />, align: 'right' },
              ]}
            />
          </section>
          <section className="panel">
            <h2>{texts.channels}</h2>
            <DataTable
              label={texts.channels}
              rows={day.channels}
              rowKey={(row) => row.channel}
              empty={texts.noChannels}
              columns={[
                { key: 'channel', title: texts.channel, show: (row) => methodName(row.channel, texts) },
                { key: 'ours', title: texts.ours, show: (row) => <Money value={row.ours.amount} />, align: 'right' },
                {
                  key: 'theirs',
                  title: texts.theirs,
                  show: (row) => (row.reported ? <Money value={row.theirs.amount} /> : <span className="tag warn">{texts.notReported}</span>),
                  align: 'right',
                },
              ]}
            />
          </section>
        </div>
      ) : null}
      {isWhole ? <Bank day={day.day} inTransit={day.in_transit} unmatched={day.unmatched} /> : null}
    </>
  );
}

function CloseBar({ day }: { day: DayRow }): ReactNode {
  const texts = useTexts(closingTexts);
  const words = useWords();
  const rights = useRights();
  const say = useSay();
  const save = useSave();
  const [isAsked, setAsked] = useState(false);
  const path = { day: day.day };
  const refresh = [['closing-day'], ['differences'], ['deposits'], ['bank-lines']];
  const compare = useAct((_: object, header) => api.POST('/api/closing-days/{day}/comparison', { params: { path, header }, body: { note: null } }), {
    name: `compare ${day.day}`,
    refresh,
    done: (answer) => say.done(texts.comparedDone(answer.differences)),
  });
  const close = useAct((_: object, header) => api.POST('/api/closing-days/{day}/close', { params: { path, header }, body: { note: null } }), {
    name: `close ${day.day}`,
    refresh,
    done: () => (say.done(texts.dayClosedDone), setAsked(false)),
  });
  if (day.closed_at != null) {
    return (
      <div className="panel close-bar">
        <span className="tag good">{texts.dayClosed(day.closed_by ?? '')}</span> <Instant value={day.closed_at} />
        <span className="quiet">
          {texts.digest} <code title={day.digest ?? ''}>{day.digest?.slice(0, 16)}…</code>
        </span>
        <span className="stretch" />
        {day.stations == null ? (
          <ActButton does={texts.document} keys="d" onAct={() => save(`/api/closing-days/${day.day}/document`, `closing-${day.day}.json`)} />
        ) : null}
      </div>
    );
  }
  const first = day.obstacles[0];
  const mayClose = rights.has('closing.close');
  return (
    <div className="panel close-bar">
      {first === undefined ? (
        <span className="tag good">{texts.ready}</span>
      ) : (
        <div role="status">
          <strong>{texts.obstacles}</strong>
          <ul className="plain-list">
            {day.obstacles.map((obstacle) => (
              <li key={obstacle.code}>{words(obstacle.message)}</li>
            ))}
          </ul>
        </div>
      )}
      <span className="stretch" />
      {!mayClose ? null : isAsked ? (
        <Space wrap>
          <span>{texts.closeDayAsk(day.day)}</span>
          <Button type="primary" danger autoFocus loading={close.isRunning} onClick={() => close.run({})}>
            {texts.confirm}
          </Button>
          <Button onClick={() => setAsked(false)}>{texts.cancel}</Button>
        </Space>
      ) : (
        <Space wrap>
          {rights.has('statement.import') ? (
            <GoTo to="/imports" query={{ kind: 'channel-statement' }}>
              {texts.loadStatement}
            </GoTo>
          ) : null}
          <ActButton does={texts.compare} onAct={() => compare.run({})} loading={compare.isRunning} />
          <ActButton
            does={texts.closeDay}
            keys="ctrl+Enter"
            type="primary"
            onAct={() => setAsked(true)}
            notNow={first === undefined ? undefined : words(first.message)}
          />
        </Space>
      )}
    </div>
  );
}

function Tills({ rows, isClosed }: { rows: TillRow[]; isClosed: boolean }): ReactNode {
  const texts = useTexts(closingTexts);
  const rights = useRights();
  const say = useSay();
  const [chosen, setChosen] = useState<string>();
  const row = rows.find((row) => row.id === chosen);
  const reopen = useAct(
    (reason: string, header) =>
      api.POST('/api/tills/{id}/reopening', { params: { path: { id: chosen ?? '' }, header }, body: { reason } }),
    {
      name: `reopen ${chosen ?? ''}`,
      refresh: [['closing-day'], ['differences']],
      fields: ['reason'],
      done: () => (say.done(texts.reopened), setChosen(undefined)),
    },
  );
  const stateOf = (row: TillRow) =>
    row.state === 'closed' ? texts.stateClosed : row.counts.at(-1)?.stands === true ? texts.stateCounted : texts.stateOpen;
  return (
    <section className="panel">
      <h2>{texts.tills}</h2>
      <DataTable
        label={texts.tills}
        rows={rows}
        rowKey={(row) => row.id}
        chosen={chosen}
        onChoose={(row) => setChosen(row.id)}
        empty={texts.noTills}
        columns={[
          { key: 'cashier', title: texts.cashier, show: (row) => row.cashier },
          { key: 'station', title: texts.station, show: (row) => row.station ?? texts.bureauCounter },
          { key: 'change', title: texts.change, show: (row) => <Money value={row.change} />, align: 'right', minor: true },
          { key: 'cash', title: texts.found, show: (row) => <Money value={row.counts.at(-1)?.cash} />, align: 'right', minor: true },
          { key: 'handed', title: texts.handed, show: (row) => <Money value={row.closes.at(-1)?.handed} />, align: 'right' },
          { key: 'slip', title: texts.slip, show: (row) => row.closes.at(-1)?.slip_no ?? '', minor: true },
          {
            key: 'difference',
            title: texts.difference,
            show: (row) => <Money value={row.counts.at(-1)?.compared.find((each) => each.method === 'cash')?.difference} strong />,
            align: 'right',
          },
          { key: 'state', title: texts.state, show: (row) => <span className={`tag ${row.state === 'closed' ? 'good' : 'warn'}`}>{stateOf(row)}</span> },
        ]}
      />
      {row !== undefined && row.state === 'closed' && !isClosed && rights.has('till.reopen') ? (
        <ReasonField
          key={row.id}
          act={`${texts.reopen} · ${row.cashier}`}
          least={2}
          takesFocus={false}
          onGiven={reopen.run}
          onCancel={() => setChosen(undefined)}
          isRunning={reopen.isRunning}
          error={reopen.at('reason')}
        />
      ) : null}
    </section>
  );
}
