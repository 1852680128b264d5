import { Button, Segmented, Select, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Field, Keys, Money, counted, useGo, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { Chosen, type Made } from './Chosen';
import { useExceptionDesk, type Exception, type ExceptionDesk, type Scope } from './desk';
import { History } from './History';
import { Light } from './Light';
import { billingTexts } from './texts';

type Show = 'open' | 'decided' | 'held' | 'all';

const SHOWS: readonly Show[] = ['open', 'decided', 'held', 'all'];

type Props = { month: string; scope: Scope; isTried: boolean; isAlone: boolean };

/** What the trial found, those first at which a person should look first; each decided with a key. */
export function Exceptions({ month, scope, isTried, isAlone }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const go = useGo();
  const [query, change] = useQueryState();
  const { doubt, order } = query;
  const show = SHOWS.find((known) => known === query.show) ?? 'open';
  const [chosen, setChosen] = useState<string>();
  const [last, setLast] = useState<Made>();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [isPassing, setPassing] = useState(false);
  const desk = useExceptionDesk(month, scope).data;
  const mayPass = useRights().has('bill.decide') && desk !== undefined && desk.decided < desk.accounts && scope.supply_no === undefined;
  const list = usePages(
    ['billing', 'exceptions', month, scope, doubt, order, show],
    (after) =>
      api.GET('/api/billing-runs/{cycle}/exceptions', {
        params: {
          path: { cycle: month },
          query: {
            ...scope,
            ...(doubt === undefined ? {} : { doubt }),
            ...(order === undefined ? {} : { order }),
            ...(show === 'all' ? {} : { show }),
            ...(after === undefined ? {} : { after }),
          },
        },
      }),
    { keepOld: true },
  );
  // What was decided a moment ago does not wait for the list to be asked again.
  const rows = show === 'open' ? list.rows.filter((row) => !gone.has(keyOf(row))) : list.rows;
  const at = Math.max(
    0,
    rows.findIndex(({ supply_no }) => supply_no === chosen),
  );
  const shown = rows[at];
  const empty = { open: texts.allDecided, decided: texts.noneDecided, held: texts.noneHeld, all: texts.exceptionsEmpty };

  function decided(made: Made, row: Exception): void {
    setLast(made);
    const next = rows[at + 1] ?? (show === 'open' ? rows[at - 1] : row);
    setChosen(next?.supply_no);
    setGone((before) => new Set(before).add(keyOf(row)));
    if (at > rows.length - 6) {
      list.more();
    }
    backToList();
  }

  return (
    <>
      <div className="billing-filter">
        <Progress desk={desk} last={last} />
        <span className="billing-filter-right">
          <Segmented
            aria-label={texts.show}
            size="small"
            value={show}
            options={[
              { value: 'open', label: texts.showOpen },
              { value: 'decided', label: texts.showDecided },
              { value: 'held', label: texts.showHeld },
              { value: 'all', label: texts.showAll },
            ]}
            onChange={(show) => change({ show: show === 'open' ? undefined : show })}
          />
          <Field label={texts.order} inline>
            <Select
              size="small"
              style={{ width: 150 }}
              value={order ?? 'weight'}
              options={[
                { value: 'weight', label: texts.byWeight },
                { value: 'money', label: texts.byMoney },
                { value: 'supply-no', label: texts.byNumber },
              ]}
              onChange={(order) => change({ order: order === 'weight' ? undefined : order })}
            />
          </Field>
        </span>
      </div>
      <div className="billing-filter">
        <Doubts desk={desk} chosen={doubt} onChoose={(doubt) => change({ doubt })} />
        <span className="billing-filter-right">
          {mayPass ? <ActButton size="small" does={texts.passLight} keys="x" onAct={() => setPassing(true)} /> : null}
          <Button size="small" onClick={() => change({ alone: isAlone ? undefined : 'yes' })}>
            {isAlone ? texts.withAll : texts.alone}
            <Keys keys="z" />
          </Button>
        </span>
      </div>
      {mayPass && isPassing ? (
        <Light
          month={month}
          scope={scope}
          onDone={() => {
            setPassing(false);
            backToList();
          }}
        />
      ) : null}
      <div className="billing-list">
        <DataTable
          label={texts.exceptions}
          columns={useColumns()}
          rows={{ ...list, rows }}
          rowKey={({ supply_no }) => supply_no}
          chosen={shown?.supply_no}
          onChoose={({ supply_no }) => setChosen(supply_no)}
          onOpen={({ supply_no }) => go({ to: '/customers/$supply_no', params: { supply_no } })}
          rowClass={({ blocking, waiting }) => (blocking ? 'blocking' : waiting ? 'waiting' : undefined)}
          empty={!isTried ? texts.exceptionsUntried : (desk?.accounts ?? 0) === 0 ? texts.exceptionsEmpty : empty[show]}
          height={isAlone ? 'max(200px, calc(100vh - 470px))' : 'max(220px, calc(100vh - 560px))'}
          autoFocus
        />
      </div>
      {desk === undefined ? null : (
        <Chosen
          key={shown?.supply_no ?? ''}
          exception={shown}
          month={month}
          desk={desk}
          last={last}
          onDecided={decided}
          onUndone={(supplyNo) => {
            setLast(undefined);
            setGone(new Set());
            setChosen(supplyNo);
            backToList();
          }}
        />
      )}
    </>
  );
}

const keyOf = ({ supply_no, seen }: Exception) => `${supply_no} ${seen}`;

/** Keys go on in the list when what was filled in below it is closed. */
function backToList(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.billing-list table[role="grid"]')?.focus({ preventScroll: true }));
}

/** How far the work has come, and what was decided last. */
function Progress({ desk, last }: { desk: ExceptionDesk | undefined; last: Made | undefined }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  if (desk === undefined || desk.accounts === 0) {
    return null;
  }
  const count = (number: number) => counted(number);
  return (
    <p className="billing-progress" role="status">
      <progress value={desk.decided} max={desk.accounts} aria-label={texts.review} />
      <strong>{texts.decidedOf(count(desk.decided), count(desk.accounts))}</strong>
      {desk.held + desk.waiting === 0 ? null : <span>{texts.leftOut(count(desk.held), count(desk.waiting))}</span>}
      {last === undefined ? null : <span className="quiet">{texts.lastDecided(last.supplyNo, words(last.label))}</span>}
    </p>
  );
}

function Doubts({ desk, chosen, onChoose }: { desk: ExceptionDesk | undefined; chosen: string | undefined; onChoose: (doubt: string | undefined) => void }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const chip = (key: string | undefined, name: string, isBad: boolean, isDone: boolean) => (
    <button key={key ?? ''} type="button" className={`chip${isBad ? ' bad' : ''}${isDone ? ' done' : ''}`} aria-pressed={chosen === key} onClick={() => onChoose(key)}>
      {name}
    </button>
  );
  return (
    <span className="chips" role="group" aria-label={texts.found}>
      {chip(undefined, texts.allDoubts, false, false)}
      {desk?.doubts.map(({ doubt, name, blocking, accounts, decided }) =>
        chip(doubt, `${words(name)} ${decided === 0 ? '' : `${counted(decided)}/`}${counted(accounts)}`, blocking, decided === accounts),
      )}
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
      show: ({ findings, because, decided, held, waiting, stale }) => (
        <>
          {findings.map(({ doubt, name, blocking }, at) => (
            <span key={`${doubt} ${at}`} className={`tag ${blocking ? 'bad' : 'warn'}`} style={{ marginInlineEnd: 4 }}>
              {words(name)}
            </span>
          ))}
          {waiting ? <span className="tag bad">{texts.waits}</span> : null}
          {decided == null ? null : (
            <span className={`tag ${held ? 'bad' : decided.covers ? 'good' : ''}`}>
              {words(decided.label)}
              {decided.covers ? '' : ` · ${texts.changedSince}`}
            </span>
          )}
          {stale ? <span className="tag">{texts.stale}</span> : null}
          <div className="place because" title={words(because)}>
            {words(because)}
          </div>
        </>
      ),
    },
    {
      key: 'risk',
      title: <Tooltip title={texts.riskHint}>{texts.risk}</Tooltip>,
      align: 'right',
      show: ({ risk }) => <Money value={risk} strong />,
    },
    { key: 'now', title: `${texts.now} ${texts.amount}`, align: 'right', show: ({ amount }) => <Money value={amount ?? null} /> },
    { key: 'last', title: texts.last, align: 'right', show: ({ last }) => <Money value={last?.amount ?? null} /> },
    { key: 'history', title: texts.history, width: 120, show: (exception) => <History exception={exception} /> },
  ];
}
