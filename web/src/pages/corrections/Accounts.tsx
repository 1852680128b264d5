import { Segmented, Select } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ActButton, DataTable, Difference, Field, GoTo, PageState, useAsk, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { BeforeAfter, StateTag, type Correction } from './parts';
import { correctionTexts } from './texts';

type Row = Schema<'CorrectionAccount'>;
type Pair = Schema<'CorrectedBill'>;

const STATES = ['ready', 'blocked', 'posted', 'changed'] as const;

/** Whose bills come out otherwise, or cannot be computed; one of them bill by bill. */
export function Accounts({ correction }: { correction: Correction }): ReactNode {
  const texts = useTexts(correctionTexts);
  const [query, change] = useQueryState();
  const { correction_no, affected, blocked, tried_at } = correction;
  const state = STATES.find((state) => state === query.state);
  const order = query.order === 'supply-no' ? 'supply-no' : 'difference';
  const list = usePages(
    ['corrections', correction_no, 'accounts', state, order, tried_at],
    (after) => {
      const given = { order, limit: 50, ...(state === undefined ? {} : { state }), ...(after === undefined ? {} : { after }) };
      return api.GET('/api/corrections/{correction_no}/accounts', { params: { path: { correction_no }, query: given } });
    },
    { keepOld: true },
  );
  // A correction of a single account has nothing to choose.
  const chosen = query.account ?? (correction.supply_no != null && list.rows.length > 0 ? correction.supply_no : undefined);
  if (affected + blocked === 0) {
    return (
      <section className="panel">
        <div className="state quiet">{texts.allSame}</div>
      </section>
    );
  }
  return (
    <>
      <section className="panel">
        <header>
          <h2>{texts.accounts}</h2>
          <span className="stretch" />
          <Field label={texts.state} inline>
            <Select
              style={{ width: 150 }}
              value={state ?? ''}
              options={[{ value: '', label: texts.allStates }, ...STATES.map((state) => ({ value: state, label: texts[`state_${state}`] }))]}
              onChange={(state: string) => change({ state: state === '' ? undefined : state, account: undefined })}
            />
          </Field>
          <Segmented
            size="small"
            aria-label={texts.order}
            value={order}
            onChange={(order) => change({ order: order === 'difference' ? undefined : order })}
            options={[
              { value: 'difference', label: texts.byDifference },
              { value: 'supply-no', label: texts.byNumber },
            ]}
          />
        </header>
        <DataTable
          label={texts.accounts}
          columns={useColumns(blocked > 0)}
          rows={list}
          rowKey={({ supply_no }) => supply_no}
          rowClass={({ supply_no }) => (supply_no === chosen ? 'opened' : undefined)}
          onOpen={({ supply_no }) => change({ account: supply_no })}
          empty={texts.noneInState}
          height={420}
        />
      </section>
      {chosen === undefined ? null : (
        <Bills key={chosen} correction={correction} supply_no={chosen} wasOpened={query.account !== undefined} onClose={() => change({ account: undefined })} />
      )}
    </>
  );
}

function useColumns(hasBlocked: boolean): Column<Row>[] {
  const texts = useTexts(correctionTexts);
  const words = useWords();
  return [
    {
      key: 'account',
      title: texts.account,
      show: ({ supply_no, customer, station }) => (
        <>
          <span className="figure">{supply_no}</span>
          <div className="correction-more">
            {customer} · {station}
          </div>
        </>
      ),
    },
    { key: 'state', title: texts.state, show: (row) => <StateTag of={row} /> },
    { key: 'from', title: texts.from, show: ({ from_cycle }) => <span className="figure">{from_cycle ?? '—'}</span> },
    { key: 'bills', title: texts.bills, align: 'right', minor: true, show: ({ bills }) => <span className="figure">{bills}</span> },
    { key: 'kwh', title: texts.kwh, align: 'right', show: ({ bills, kwh_before, kwh_after }) => (bills === 0 ? '—' : <BeforeAfter of="kwh" before={kwh_before} after={kwh_after} />) },
    { key: 'amount', title: texts.amount, align: 'right', show: ({ bills, before, after }) => (bills === 0 ? '—' : <BeforeAfter of="money" before={before} after={after} />) },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ bills, difference }) => (bills === 0 ? '—' : <Difference value={difference} strong />) },
    ...(hasBlocked
      ? [
          {
            key: 'obstacles',
            title: texts.obstacles,
            // Where there is no room for it, the opened account tells it.
            minor: true,
            show: ({ obstacles }: Row) => obstacles.map((told) => <div key={told.en}>{words(told)}</div>),
          },
        ]
      : []),
  ];
}

type BillsProps = { correction: Correction; supply_no: string; wasOpened: boolean; onClose: () => void };

function Bills({ correction, supply_no, wasOpened, onClose }: BillsProps): ReactNode {
  const texts = useTexts(correctionTexts);
  const { correction_no, tried_at, state } = correction;
  const place = useRef<HTMLElement>(null);
  const account = useAsk(['corrections', correction_no, 'account', supply_no, tried_at, state], () =>
    api.GET('/api/corrections/{correction_no}/accounts/{supply_no}', { params: { path: { correction_no, supply_no } } }),
  );
  const isThere = account.data !== undefined;
  useEffect(() => {
    if (wasOpened && isThere) {
      place.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [wasOpened, isThere]);
  return (
    <section className="panel correction-bills" ref={place}>
      <header>
        <h2>{texts.billsOfAccount(supply_no)}</h2>
        <GoTo to="/customers/$supply_no" params={{ supply_no }} query={{ part: 'bills' }}>
          {texts.toCustomer}
        </GoTo>
        <span className="stretch" />
        {wasOpened ? <ActButton does={texts.close} size="small" keys="Escape" onAct={onClose} /> : null}
      </header>
      <PageState of={account}>{({ account, bills }) => <Pairs account={account} bills={bills} />}</PageState>
    </section>
  );
}

function Pairs({ account, bills }: { account: Row; bills: readonly Pair[] }): ReactNode {
  const texts = useTexts(correctionTexts);
  const words = useWords();
  const told = bills.filter(({ causes }) => causes.length > 0);
  const link = (bill_no: string) => (
    <GoTo to="/bills/$bill_no" params={{ bill_no }}>
      {bill_no}
    </GoTo>
  );
  const days = ({ from, to }: Pair['before']) => `${from} – ${to}`;
  const columns: Column<Pair>[] = [
    {
      key: 'month',
      title: texts.month,
      show: ({ cycle, before, after }) => (
        <>
          <span className="figure">{cycle}</span>
          {days(before) === days(after) ? null : (
            <div className="correction-more">
              {days(before)} → {days(after)}
            </div>
          )}
        </>
      ),
    },
    { key: 'old', title: texts.oldBill, show: ({ cancels }) => link(cancels) },
    { key: 'new', title: texts.newBill, show: ({ bill_no }) => (bill_no == null ? <span className="absent">{texts.notIssued}</span> : link(bill_no)) },
    { key: 'kwh', title: texts.kwh, align: 'right', show: ({ before, after }) => <BeforeAfter of="kwh" before={before.kwh} after={after.kwh} /> },
    { key: 'amount', title: texts.amount, align: 'right', show: ({ before, after }) => <BeforeAfter of="money" before={before.amount} after={after.amount} /> },
    { key: 'difference', title: texts.difference, align: 'right', show: ({ difference }) => <Difference value={difference} strong /> },
    {
      key: 'causes',
      title: texts.causes,
      minor: true,
      show: ({ causes }) => <Causes of={causes} />,
    },
  ];
  return (
    <>
      {account.obstacles.map((told) => (
        <p key={told.en} className="note bad">
          {words(told)}
        </p>
      ))}
      {bills.length === 0 ? (
        <p className="about">{texts.noBills}</p>
      ) : (
        <DataTable
          label={texts.billsOfAccount(account.supply_no)}
          columns={columns}
          rows={bills}
          rowKey={({ cancels }) => cancels}
          foot={
            bills.length < 2 ? undefined : (
              <tr>
                <th scope="row" colSpan={3}>
                  {texts.total}
                </th>
                <td className="right">
                  <BeforeAfter of="kwh" before={account.kwh_before} after={account.kwh_after} />
                </td>
                <td className="right">
                  <BeforeAfter of="money" before={account.before} after={account.after} />
                </td>
                <td className="right">
                  <Difference value={account.difference} strong />
                </td>
                <td className="minor" />
              </tr>
            )
          }
        />
      )}
      {told.length === 0 ? null : (
        <div className="when-narrow">
          <h3>{texts.causes}</h3>
          {told.map(({ cancels, cycle, causes }) => (
            <div key={cancels}>
              <span className="figure">{cycle}</span>
              <Causes of={causes} />
            </div>
          ))}
        </div>
      )}
    </>
  );
}

function Causes({ of }: { of: Pair['causes'] }): ReactNode {
  const texts = useTexts(correctionTexts);
  const words = useWords();
  return of.length === 0 ? (
    <span className="absent">{texts.noCauses}</span>
  ) : (
    <ul className="correction-causes">
      {of.map((cause) => (
        <li key={cause.en}>{words(cause)}</li>
      ))}
    </ul>
  );
}
