import { Button, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { TariffSelect } from '@/forms/TariffSelect';
import { DayInput, FigureInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Field, PageState, today, useAct, useAsk, useSay, useTexts, type Column } from '@/ui';

import { Basis, Frame } from './AgreementForms';
import { AMENDED } from './Amend';
import { termsTexts } from './termsTexts';
import { useNames, useTariffNames } from './words';

type History = Schema<'AccountTerms'>;
type Row = Schema<'Terms'>;
type Wish = Schema<'TermsWish'>;
type Ends = { supply_no: string; onEnd: () => void };
type Doing = { act: 'change' } | { act: 'amend' } | { act: 'withdraw'; from: string };

const NONE = '';
const CHANGED = (supply_no: string) => [['terms', supply_no], ['summary', supply_no], ['events', supply_no]];

/** What an account is billed by, from its opening on. */
export function Terms({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(termsTexts);
  const asked = useAsk(['terms', supply_no], () => api.GET('/api/usage-points/{supply_no}/terms', { params: { path: { supply_no } } }));
  return (
    <section className="panel">
      <h2>{texts.title}</h2>
      <PageState of={asked}>{(history) => <All supply_no={supply_no} history={history} />}</PageState>
    </section>
  );
}

function All({ supply_no, history }: { supply_no: string; history: History }): ReactNode {
  const texts = useTexts(termsTexts);
  const names = useNames();
  const tariffs = useTariffNames();
  const rights = useRights();
  const [doing, setDoing] = useState<Doing>();
  const end = () => setDoing(undefined);
  const { terms, billed_to } = history;
  const opened = terms[0]?.from;
  const held = terms.findLast((row) => row.from <= today()) ?? terms[0];
  const canKeep = rights.has('terms.keep');
  const canAmend = rights.has('amendment.enter') && billed_to != null;
  const isOpen = (day: string) => billed_to == null || day > billed_to;
  const when = ({ from }: Row) => (from === held?.from ? texts.held : from > (held?.from ?? '') ? texts.coming : null);
  const columns: Column<Row>[] = [
    {
      key: 'from',
      title: texts.from,
      show: (row) => (
        <>
          <span className="figure">{row.from}</span>{' '}
          {row.from === opened ? <span className="more">{texts.asOpened}</span> : null} {when(row) === null ? null : <span className="tag">{when(row)}</span>}
        </>
      ),
    },
    { key: 'tariff', title: texts.tariff, show: (row) => tariffs(row.tariff) },
    { key: 'persons', title: texts.persons, align: 'right', show: (row) => <span className="figure">{row.persons ?? '—'}</span> },
    { key: 'concession', title: texts.concession, show: (row) => (row.concession == null ? texts.noConcession : names('concession', row.concession)) },
    ...(canKeep && terms.length > 1
      ? [
          {
            key: 'acts',
            title: '',
            align: 'right' as const,
            show: ({ from }: Row) =>
              from === opened ? null : (
                <Button size="small" disabled={!isOpen(from)} title={isOpen(from) ? undefined : texts.billed(billed_to ?? '')} onClick={() => setDoing({ act: 'withdraw', from })}>
                  {texts.withdraw}
                </Button>
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
        rows={terms.toReversed()}
        rowKey={(row) => row.from}
        rowClass={(row) => (held !== undefined && row.from < held.from ? 'gone' : undefined)}
      />
      {doing?.act === 'change' ? <TermsForm supply_no={supply_no} last={terms.at(-1)} billed_to={billed_to ?? null} onEnd={end} /> : null}
      {doing?.act === 'amend' ? <TermsForm supply_no={supply_no} last={held} billed_to={billed_to ?? null} isAmended onEnd={end} /> : null}
      {doing?.act === 'withdraw' ? <Withdrawal key={doing.from} supply_no={supply_no} from={doing.from} onEnd={end} /> : null}
      {doing === undefined && (canKeep || canAmend) ? (
        <Space className="agreement-acts">
          {canKeep ? <ActButton does={texts.change} onAct={() => setDoing({ act: 'change' })} /> : null}
          {canAmend ? <Button onClick={() => setDoing({ act: 'amend' })}>{texts.amend}</Button> : null}
        </Space>
      ) : null}
    </>
  );
}

/** All of what holds from a day on; it begins with what is on record. */
function TermsForm({ supply_no, last, billed_to, isAmended = false, onEnd }: Ends & { last: Row | undefined; billed_to: string | null; isAmended?: boolean }): ReactNode {
  const texts = useTexts(termsTexts);
  const say = useSay();
  const [from, setFrom] = useState<string | null>(null);
  const [tariff, setTariff] = useState(last?.tariff ?? '');
  const [persons, setPersons] = useState(last?.persons == null ? '' : String(last.persons));
  const [concession, setConcession] = useState(last?.concession ?? NONE);
  const [reason, setReason] = useState('');
  const how = {
    name: `${isAmended ? 'amend' : 'change'} terms ${supply_no}`,
    refresh: [...CHANGED(supply_no), ...AMENDED(supply_no)],
    fields: ['from', 'tariff', 'persons', 'concession', 'reason'],
    done: () => (say.done(isAmended ? texts.amended : texts.changed), onEnd()),
  };
  const path = { supply_no };
  const change = useAct((body: Wish, header) => api.POST('/api/usage-points/{supply_no}/terms', { params: { path, header }, body }), how);
  const amend = useAct((body: Wish, header) => api.POST('/api/usage-points/{supply_no}/amendments/terms', { params: { path, header }, body }), how);
  const give = isAmended ? amend : change;
  const given = () =>
    give.run({ from: from ?? '', tariff, persons: persons === '' ? null : persons, concession: concession === NONE ? null : concession, reason });
  const hint = isAmended ? texts.amendHint(billed_to ?? '') : billed_to === null ? texts.freely : texts.changeHint(billed_to);
  return (
    <Frame label={isAmended ? texts.amendTitle : texts.change} act={texts.save} acting={give} onGiven={given} onEnd={onEnd}>
      <Field label={texts.from} width={260} required hint={hint} error={give.at('from')}>
        <DayInput value={from} autoFocus onChange={setFrom} />
      </Field>
      <Field label={texts.tariff} width={280} required error={give.at('tariff')}>
        <TariffSelect value={tariff} onChange={setTariff} />
      </Field>
      <Field label={texts.persons} width={150} hint={texts.personsHint} error={give.at('persons')}>
        <FigureInput value={persons} decimals={0} maxLength={3} onChange={setPersons} />
      </Field>
      <Field label={texts.concession} width={190} error={give.at('concession')}>
        <Select
          value={concession}
          onChange={setConcession}
          options={[
            { value: NONE, label: texts.noConcession },
            { value: 'low-income', label: texts.lowIncome },
            { value: 'five-guarantee', label: texts.fiveGuarantee },
          ]}
        />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={reason} onGiven={setReason} error={give.at('reason')} />
    </Frame>
  );
}

function Withdrawal({ supply_no, from, onEnd }: Ends & { from: string }): ReactNode {
  const texts = useTexts(termsTexts);
  const say = useSay();
  const withdraw = useAct(
    (reason: string, header) => api.POST('/api/usage-points/{supply_no}/terms/{from}/withdrawal', { params: { path: { supply_no, from }, header }, body: { reason } }),
    {
      name: `withdraw terms ${supply_no} ${from}`,
      refresh: CHANGED(supply_no),
      fields: ['reason'],
      done: () => (say.done(texts.withdrawn), onEnd()),
    },
  );
  return (
    <div className="agreement-form">
      <h3>{texts.withdrawFrom(from)}</h3>
      <ReasonField act={texts.withdraw} danger onGiven={withdraw.run} onCancel={onEnd} isRunning={withdraw.isRunning} error={withdraw.at('reason')} />
    </div>
  );
}
