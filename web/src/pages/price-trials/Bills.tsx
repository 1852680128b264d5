import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Difference, GoTo, Money, counted, grouped, useGo, useTexts, useWords, type Column } from '@/ui';

import { takeFile, type Trial } from './parts';
import { trialTexts } from './texts';

type Change = Schema<'TrialChange'>;
type Unpriced = Schema<'TrialUnpriced'>;
type Reason = Unpriced['some'][number];

type Place = { supply_no: string; bill_no: string };

/** The customer, for whoever may see customers. */
function Customer({ supply_no }: Pick<Place, 'supply_no'>): ReactNode {
  const rights = useRights();
  return rights.has('archive.read') ? (
    <GoTo to="/customers/$supply_no" params={{ supply_no }}>
      {supply_no}
    </GoTo>
  ) : (
    <span className="figure">{supply_no}</span>
  );
}

function Bill({ bill_no }: Pick<Place, 'bill_no'>): ReactNode {
  const rights = useRights();
  return rights.has('bill.read') ? (
    <GoTo to="/bills/$bill_no" params={{ bill_no }}>
      {bill_no}
    </GoTo>
  ) : (
    <span className="figure">{bill_no}</span>
  );
}

/** The largest differences of one way. */
export function Changes({ title, changes, empty }: { title: string; changes: readonly Change[]; empty: string }): ReactNode {
  const texts = useTexts(trialTexts);
  const go = useGo();
  const rights = useRights();
  const columns: Column<Change>[] = [
    { key: 'supply_no', title: texts.supplyNo, show: (change) => <Customer {...change} /> },
    { key: 'month', title: texts.month, show: ({ cycle }) => <span className="figure">{cycle}</span> },
    { key: 'bill', title: texts.bill, minor: true, show: (change) => <Bill {...change} /> },
    { key: 'difference', title: texts.differenceOf, align: 'right', show: ({ difference }) => <Difference value={difference} strong /> },
    { key: 'now', title: texts.nowShort, align: 'right', show: ({ now }) => <Money value={now} /> },
    { key: 'new', title: texts.newShort, align: 'right', show: (change) => <Money value={change.new} /> },
  ];
  return (
    <section className="panel">
      <h2>{title}</h2>
      <DataTable
        label={title}
        columns={columns}
        rows={changes}
        rowKey={({ bill_no }) => bill_no}
        {...(rights.has('archive.read') ? { onOpen: ({ supply_no }: Change) => go({ to: '/customers/$supply_no', params: { supply_no } }) } : {})}
        empty={empty}
      />
    </section>
  );
}

/** Bills for which the pack has no price, reason by reason; they are in no sum. */
export function Unpriced({ trial, reasons }: { trial: Trial; reasons: readonly Unpriced[] }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const { trial_no } = trial;
  const columns: Column<Reason>[] = [
    { key: 'supply_no', title: texts.supplyNo, show: (one) => <Customer {...one} /> },
    { key: 'month', title: texts.month, show: ({ cycle }) => <span className="figure">{cycle}</span> },
    { key: 'bill', title: texts.bill, minor: true, show: (one) => <Bill {...one} /> },
    { key: 'why', title: texts.why, show: ({ message }) => words(message) },
  ];
  return (
    <section className="panel">
      <header>
        <h2>{texts.unpricedTitle}</h2>
        <span className="stretch" />
        <ActButton does={texts.unpricedFile} keys="u" onAct={() => takeFile(`/api/price-trials/${trial_no}/unpriced.csv`)} />
      </header>
      {reasons.map(({ code, bills, now, some }) => (
        <div key={code} className="trial-reason">
          <p>
            <span className="tag bad">{code}</span> {texts.unpricedAbout(counted(some.length), counted(bills))} · {texts.nowSum(grouped(now))}
          </p>
          <DataTable label={`${texts.unpricedTitle} ${code}`} columns={columns} rows={some} rowKey={({ bill_no }) => bill_no} height={220} />
        </div>
      ))}
    </section>
  );
}
