import { Button, Input, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Field, GoTo, Instant, PageHead, useAct, usePages, useQueryState, useSay, useTexts } from '@/ui';

import { BankField, given, useBanks } from './banks';
import { MandateForm } from './MandateForm';
import { debitTexts } from './texts';
import './debit.css';

type Mandate = Schema<'Mandate'>;

/** Who lets which bank account be debited; one is entered and ended here. */
export default function Mandates(): ReactNode {
  const texts = useTexts(debitTexts);
  const rights = useRights();
  const { nameOf } = useBanks();
  const [query, setQuery] = useQueryState();
  const [isAdding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const filter = given({ bank: query['bank'], state: query['state'], supply_no: query['supply_no'], station: query['station'] });
  const list = usePages(['mandates', filter], (after) =>
    api.GET('/api/mandates', { params: { query: { ...filter, limit: 100, ...given({ after }) } } }),
  );
  const row = list.rows.find(({ id }) => id === chosen);
  return (
    <>
      <PageHead title={texts.mandates} about={texts.mandatesAbout}>
        {rights.has('mandate.keep') ? (
          <Space>
            <GoTo to="/imports" query={{ kind: 'mandates' }}>{texts.importMandates}</GoTo>
            <ActButton does={texts.add} keys="alt+n" type="primary" onAct={() => setAdding(true)} />
          </Space>
        ) : null}
      </PageHead>
      {isAdding ? <MandateForm onEnd={() => setAdding(false)} /> : null}
      <section className="panel">
        <div className="row debit-filters">
          <Words label={texts.supplyNo} value={query['supply_no']} onGiven={(supply_no) => setQuery({ supply_no })} />
          <BankField value={query['bank']} onGiven={(bank) => setQuery({ bank })} />
          <Field label={texts.state} width={140}>
            <Select
              value={query['state'] ?? ''}
              onChange={(state: string) => setQuery({ state: state === '' ? undefined : state })}
              options={[
                { value: '', label: texts.anyState },
                { value: 'live', label: texts.live },
                { value: 'coming', label: texts.coming },
                { value: 'ended', label: texts.ended },
              ]}
            />
          </Field>
          <Words label={texts.station} value={query['station']} onGiven={(station) => setQuery({ station })} />
        </div>
        <DataTable
          label={texts.mandates}
          rows={list}
          rowKey={({ id }) => id}
          chosen={chosen}
          onChoose={({ id }) => setChosen(id)}
          empty={texts.noMandates}
          height={row === undefined ? 520 : 360}
          columns={[
            { key: 'supply', title: texts.supplyNo, show: (row) => <GoTo to="/customers/$supply_no" params={{ supply_no: row.supply_no }}>{row.supply_no}</GoTo> },
            { key: 'name', title: texts.name, show: (row) => row.name },
            { key: 'bank', title: texts.bank, show: (row) => nameOf(row.bank) },
            { key: 'holder', title: texts.holder, show: (row) => row.holder },
            { key: 'account', title: texts.account, show: (row) => <span className="figure">{row.account_no}</span> },
            { key: 'agreement', title: texts.agreement, show: (row) => row.agreement_no, minor: true },
            { key: 'since', title: texts.since, show: (row) => <Day value={row.since} /> },
            { key: 'until', title: texts.until, show: (row) => <Day value={row.ended_on ?? row.until} />, minor: true },
            { key: 'state', title: texts.state, show: (row) => <StateTag state={row.state} /> },
          ]}
        />
      </section>
      {row === undefined ? null : <Chosen key={row.id} mandate={row} />}
    </>
  );
}

function StateTag({ state }: { state: string }): ReactNode {
  const texts = useTexts(debitTexts);
  const names: Record<string, string> = { live: texts.live, coming: texts.coming, ended: texts.ended };
  return <span className={`tag${state === 'live' ? ' good' : state === 'coming' ? ' info' : ''}`}>{names[state] ?? state}</span>;
}

function Words({ label, value, onGiven }: { label: string; value: string | undefined; onGiven: (value: string | undefined) => void }): ReactNode {
  const [text, setText] = useState(value ?? '');
  const give = () => onGiven(text.trim() === '' ? undefined : text.trim());
  return (
    <Field label={label} width={150}>
      <Input value={text} allowClear onChange={(event) => setText(event.target.value)} onPressEnter={give} onBlur={give} />
    </Field>
  );
}

/** The chosen mandate: its account in full for a reason, and its end. */
function Chosen({ mandate }: { mandate: Mandate }): ReactNode {
  const texts = useTexts(debitTexts);
  const rights = useRights();
  const say = useSay();
  const [doing, setDoing] = useState<'end' | 'unmask'>();
  const [full, setFull] = useState<Mandate>();
  const path = { id: mandate.id };
  const end = useAct((reason: string, header) => api.POST('/api/mandates/{id}/ending', { params: { path, header }, body: { reason } }), {
    name: `end ${mandate.id}`,
    refresh: [['mandates']],
    fields: ['reason'],
    done: () => (say.done(texts.endedDone), setDoing(undefined)),
  });
  const unmask = useAct((reason: string, header) => api.POST('/api/mandates/{id}/unmasking', { params: { path, header }, body: { reason } }), {
    name: `unmask ${mandate.id}`,
    fields: ['reason'],
    done: (shown) => (setFull(shown), setDoing(undefined)),
  });
  const shown = full ?? mandate;
  return (
    <section className="panel" aria-label={`${texts.mandates} ${mandate.agreement_no}`}>
      <p>
        <b>{mandate.supply_no}</b> {mandate.name} · {texts.agreement} {mandate.agreement_no} · {shown.holder}{' '}
        <span className="figure" data-account>{shown.account_no}</span>
      </p>
      <p className="quiet">
        {texts.signedBy} {mandate.signed_by} <Instant value={mandate.signed_at} />
        {mandate.ended_on == null ? null : (
          <>
            {' '}
            · {texts.endedOn} <Day value={mandate.ended_on} /> {mandate.ended_by} · {mandate.end_reason}
          </>
        )}
      </p>
      {doing === 'end' ? (
        <ReasonField act={texts.end} least={2} danger onGiven={end.run} onCancel={() => setDoing(undefined)} isRunning={end.isRunning} error={end.at('reason')} />
      ) : doing === 'unmask' ? (
        <ReasonField act={texts.unmask} least={5} onGiven={unmask.run} onCancel={() => setDoing(undefined)} isRunning={unmask.isRunning} error={unmask.at('reason')} />
      ) : (
        <Space>
          {full === undefined && rights.has('archive.unmask') ? <Button onClick={() => setDoing('unmask')}>{texts.unmask}</Button> : null}
          {mandate.state !== 'ended' && rights.has('mandate.keep') ? <Button onClick={() => setDoing('end')}>{texts.end}</Button> : null}
        </Space>
      )}
    </section>
  );
}
