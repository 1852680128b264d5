import { Checkbox, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { DataTable, Day, Money, grouped, monthAfter, sumYuan, useAct, usePages, useSay, useTexts } from '@/ui';

import { methodName } from './names';
import { closingTexts } from './texts';

type Tally = Schema<'TallyRow'>;

const AFTERWARDS = [['deposits'], ['bank-lines'], ['closing-day']] as const;

/** Money on its way beside the bank's lines; what the program did not dare to match is matched by hand. */
export function Bank({ day, inTransit, unmatched }: { day: string; inTransit: Tally; unmatched: Tally }): ReactNode {
  const texts = useTexts(closingTexts);
  const rights = useRights();
  const say = useSay();
  const [line, setLine] = useState<string>();
  const [areAll, setAll] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const deposits = usePages(['deposits'], (after) =>
    api.GET('/api/deposits', { params: { query: { open: true, limit: 100, ...(after === undefined ? {} : { after }) } } }),
  );
  // What was matched wrongly was so lately: all lines are those since the month before.
  const since = `${monthAfter(day.slice(0, 7), -1)}-01`;
  const lines = usePages(['bank-lines', areAll ? since : null], (after) =>
    api.GET('/api/bank-lines', {
      params: { query: { ...(areAll ? { open: false, from: since } : { open: true }), limit: 100, ...(after === undefined ? {} : { after }) } },
    }),
  );
  const match = useAct(
    (reason: string, header) =>
      api.POST('/api/bank-lines/{id}/match', { params: { path: { id: line ?? '' }, header }, body: { deposits: [...chosen], reason } }),
    {
      name: `match ${line ?? ''} ${chosen.join(' ')}`,
      refresh: AFTERWARDS,
      fields: ['reason', 'deposits'],
      done: () => (say.done(texts.matched), setChosen([]), setLine(undefined)),
    },
  );
  const unmatch = useAct(
    (reason: string, header) => api.POST('/api/bank-lines/{id}/unmatching', { params: { path: { id: line ?? '' }, header }, body: { reason } }),
    {
      name: `unmatch ${line ?? ''}`,
      refresh: AFTERWARDS,
      fields: ['reason'],
      done: () => (say.done(texts.unmatchedDone), setLine(undefined)),
    },
  );
  const row = lines.rows.find((row) => row.id === line);
  const sum = sumYuan(deposits.rows.filter((row) => chosen.includes(row.id)).map((row) => row.amount));
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((known) => known !== id) : [...chosen, id]);
  const mayMatch = rights.has('statement.match');
  return (
    <section className="panel">
      <header>
        <h2>{texts.bank}</h2>
        <span className="stretch" />
        <Segmented
          aria-label={texts.lines}
          size="small"
          value={areAll ? 'all' : 'open'}
          options={[
            { value: 'open', label: texts.linesOpen },
            { value: 'all', label: texts.linesAll },
          ]}
          onChange={(chosen) => (setAll(chosen === 'all'), setLine(undefined))}
        />
      </header>
      <p className="quiet">
        {texts.inTransit} <Money value={inTransit.amount} strong /> ({inTransit.count}) · {texts.unmatched}{' '}
        <Money value={unmatched.amount} strong /> ({unmatched.count})
      </p>
      <div className="till-columns">
        <div>
          <DataTable
            label={texts.lines}
            rows={lines}
            rowKey={(row) => row.id}
            chosen={line}
            onChoose={(row) => setLine(row.id)}
            empty={areAll ? texts.noLinesAtAll : texts.noLines}
            height={320}
            columns={[
              { key: 'day', title: texts.valueDate, show: (row) => <Day value={row.value_date} /> },
              { key: 'amount', title: texts.total, show: (row) => <Money value={row.amount} />, align: 'right' },
              { key: 'reference', title: texts.reference, show: (row) => row.reference, minor: true },
              {
                key: 'text',
                title: texts.text,
                show: (row) => (
                  <>
                    {row.text} {areAll && row.matched ? <span className="tag good">{texts.matched}</span> : null}
                  </>
                ),
              },
            ]}
          />
        </div>
        <div>
          <DataTable
            label={texts.deposits}
            rows={deposits}
            rowKey={(row) => row.id}
            empty={texts.noDeposits}
            height={320}
            onOpen={(row) => toggle(row.id)}
            columns={[
              {
                key: 'chosen',
                title: <span className="unseen">{texts.match}</span>,
                width: 36,
                show: (row) => (
                  <Checkbox checked={chosen.includes(row.id)} aria-label={`${row.day} ${row.amount}`} onClick={(event) => event.stopPropagation()} onChange={() => toggle(row.id)} />
                ),
              },
              { key: 'day', title: texts.day, show: (row) => <Day value={row.day} /> },
              { key: 'from', title: texts.fromTransit, show: (row) => row.cashier ?? (row.channel == null ? methodName(row.kind, texts) : methodName(row.channel, texts)) },
              { key: 'amount', title: texts.total, show: (row) => <Money value={row.amount} />, align: 'right' },
              { key: 'reference', title: texts.reference, show: (row) => row.reference ?? '', minor: true },
            ]}
          />
        </div>
      </div>
      {!mayMatch ? null : row?.matched === true ? (
        <ReasonField
          key={row.id}
          act={texts.unmatch}
          label={texts.unmatchReason}
          least={2}
          danger
          takesFocus={false}
          onGiven={unmatch.run}
          onCancel={() => setLine(undefined)}
          isRunning={unmatch.isRunning}
          error={unmatch.at('reason')}
        />
      ) : row === undefined || chosen.length === 0 ? (
        <p className="quiet">{texts.matchHint}</p>
      ) : (
        <>
          <p>{texts.chosen(grouped(sum))}</p>
          <ReasonField
            act={texts.match}
            label={texts.matchReason}
            least={2}
            takesFocus={false}
            onGiven={match.run}
            onCancel={() => setChosen([])}
            isRunning={match.isRunning}
            error={match.at('reason') ?? match.at('deposits')}
          />
        </>
      )}
    </section>
  );
}
