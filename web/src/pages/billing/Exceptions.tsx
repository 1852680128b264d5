import { Select, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { DataTable, Field, GoTo, Kwh, Money, grouped, useAsk, useGo, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { useTariffNames } from '../customers/words';
import type { Exception, Scope } from './desk';
import { History } from './History';
import { billingTexts } from './texts';

/** What the trial found, those first at which a person should look first. */
export function Exceptions({ month, scope, isTried }: { month: string; scope: Scope; isTried: boolean }): ReactNode {
  const texts = useTexts(billingTexts);
  const go = useGo();
  const [query, change] = useQueryState();
  const { doubt, order } = query;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const list = usePages(
    ['billing', 'exceptions', month, scope, doubt, order],
    (after) =>
      api.GET('/api/billing-runs/{cycle}/exceptions', {
        params: {
          path: { cycle: month },
          query: { ...scope, ...(doubt === undefined ? {} : { doubt }), ...(order === undefined ? {} : { order }), ...(after === undefined ? {} : { after }) },
        },
      }),
    { keepOld: true },
  );
  const shown = list.rows.find(({ supply_no }) => supply_no === chosen) ?? list.rows[0];
  return (
    <>
      <div className="billing-filter">
        <Doubts month={month} scope={scope} chosen={doubt} onChoose={(doubt) => change({ doubt })} />
        <Field label={texts.order} inline>
          <Select
            size="small"
            style={{ width: 180 }}
            value={order ?? 'weight'}
            options={[
              { value: 'weight', label: texts.byWeight },
              { value: 'money', label: texts.byMoney },
              { value: 'supply-no', label: texts.byNumber },
            ]}
            onChange={(order) => change({ order: order === 'weight' ? undefined : order })}
          />
        </Field>
      </div>
      <DataTable
        label={texts.exceptions}
        columns={useColumns()}
        rows={list}
        rowKey={({ supply_no }) => supply_no}
        chosen={shown?.supply_no}
        onChoose={({ supply_no }) => setChosen(supply_no)}
        onOpen={({ supply_no }) => go({ to: '/customers/$supply_no', params: { supply_no } })}
        rowClass={({ blocking }) => (blocking ? 'blocking' : undefined)}
        empty={isTried ? texts.exceptionsEmpty : texts.exceptionsUntried}
        height="max(200px, calc(100vh - 520px))"
        autoFocus
      />
      {shown === undefined ? null : <Shown exception={shown} month={month} />}
    </>
  );
}

function Doubts({ month, scope, chosen, onChoose }: { month: string; scope: Scope; chosen: string | undefined; onChoose: (doubt: string | undefined) => void }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const counts = useAsk(['billing', 'counts', month, scope], () =>
    api.GET('/api/billing-runs/{cycle}/exception-counts', { params: { path: { cycle: month }, query: scope } }),
  );
  const chip = (key: string | undefined, name: string, isBad: boolean) => (
    <button key={key ?? ''} type="button" className={`chip${isBad ? ' bad' : ''}`} aria-pressed={chosen === key} onClick={() => onChoose(key)}>
      {name}
    </button>
  );
  return (
    <span className="chips" role="group" aria-label={texts.found}>
      {chip(undefined, texts.allDoubts, false)}
      {counts.data?.map(({ doubt, name, blocking, accounts }) => chip(doubt, `${words(name)} ${grouped(String(accounts))}`, blocking))}
    </span>
  );
}

function useColumns(): Column<Exception>[] {
  const texts = useTexts(billingTexts);
  const words = useWords();
  return [
    {
      key: 'supply_no',
      title: texts.supplyNo,
      show: ({ supply_no, customer, station, book }) => (
        <>
          <span className="figure">{supply_no}</span> <span className="one-line">{customer}</span>
          <div className="place">{book ?? station}</div>
        </>
      ),
    },
    {
      key: 'found',
      title: texts.found,
      show: ({ findings }) =>
        findings.map(({ doubt, name, blocking }, at) => (
          <span key={`${doubt} ${at}`} className={`tag ${blocking ? 'bad' : 'warn'}`} style={{ marginInlineEnd: 4 }}>
            {words(name)}
          </span>
        )),
    },
    {
      key: 'likelihood',
      title: <Tooltip title={texts.likelihoodHint}>{texts.likelihood}</Tooltip>,
      align: 'right',
      width: 60,
      show: ({ likelihood }) => <span className="figure">{likelihood}</span>,
    },
    {
      key: 'stake',
      title: <Tooltip title={texts.stakeHint}>{texts.stake}</Tooltip>,
      align: 'right',
      show: ({ stake }) => <Money value={stake} strong />,
    },
    { key: 'now', title: `${texts.now} ${texts.amount}`, align: 'right', show: ({ amount }) => <Money value={amount ?? null} /> },
    { key: 'last', title: texts.last, align: 'right', show: ({ last }) => <Money value={last?.amount ?? null} /> },
    { key: 'year', title: texts.yearBefore, align: 'right', minor: true, show: ({ year_before }) => <Money value={year_before?.amount ?? null} /> },
    { key: 'history', title: texts.history, width: 120, show: (exception) => <History exception={exception} /> },
  ];
}

/** The chosen account in words, and where to go on with it. */
function Shown({ exception, month }: { exception: Exception; month: string }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const tariffs = useTariffNames();
  const { supply_no, customer, findings, last, year_before: yearBefore, kwh, amount, tariff, category } = exception;
  return (
    <div className="billing-shown" aria-live="polite">
      <div>
        <strong>{texts.chosen(supply_no)}</strong> {customer} <span className="tag">{words(category)}</span> {tariffs(tariff)}
        <ul>
          {findings.map(({ doubt, message }, at) => (
            <li key={`${doubt} ${at}`}>{words(message)}</li>
          ))}
        </ul>
      </div>
      <dl className="facts">
        <dt>{texts.now}</dt>
        <dd>
          <Kwh value={kwh ?? null} unit /> · <Money value={amount ?? null} unit />
        </dd>
        <dt>{last == null ? texts.last : `${texts.last} ${last.cycle}`}</dt>
        <dd>
          <Kwh value={last?.kwh ?? null} unit /> · <Money value={last?.amount ?? null} unit />
        </dd>
        <dt>{texts.yearBefore}</dt>
        <dd>
          <Kwh value={yearBefore?.kwh ?? null} unit /> · <Money value={yearBefore?.amount ?? null} unit />
        </dd>
      </dl>
      <div className="billing-links">
        <GoTo to="/customers/$supply_no" params={{ supply_no }}>
          {texts.toCustomer}
        </GoTo>
        <GoTo to="/billing" query={{ month, supply_no }}>
          {texts.single}
        </GoTo>
      </div>
    </div>
  );
}
