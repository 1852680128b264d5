import { Segmented } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, Kwh, Money, PageState, counted, fenOf, sumYuan, useAsk, useTexts, useWords, type Column } from '@/ui';

import type { Scope } from './desk';
import { billingTexts } from './texts';

type Group = Schema<'BillGroup'>;
type Sums = Schema<'BillSums'>;

/** What the month comes to beside the month before and the year before. */
export function Compare({ month, scope }: { month: string; scope: Scope }): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const [by, setBy] = useState<'tariff' | 'category' | 'station'>('tariff');
  const groups = useAsk(['billing', 'summary', month, scope, by], () =>
    api.GET('/api/billing-runs/{cycle}/summary', { params: { path: { cycle: month }, query: { ...scope, by } } }),
  );
  const tariffs = useAsk(['tariffs'], () => api.GET('/api/tariffs'), { when: by === 'tariff' });
  const nameOf = ({ code, name }: Group) => {
    const tariff = tariffs.data?.find((tariff) => tariff.code === code);
    return name != null ? words(name) : tariff === undefined || by !== 'tariff' ? code : words(tariff.name);
  };
  const columns: Column<Group>[] = [
    { key: 'code', title: texts.group, show: nameOf },
    { key: 'accounts', title: texts.accounts, align: 'right', show: ({ now }) => <span className="figure">{counted(now.accounts)}</span> },
    { key: 'kwh', title: texts.kwh, align: 'right', show: ({ now }) => <Kwh value={now.kwh} /> },
    { key: 'amount', title: texts.amount, align: 'right', show: ({ now }) => <Money value={now.amount} strong /> },
    { key: 'before', title: texts.before, align: 'right', minor: true, show: ({ before }) => <Money value={before.amount} /> },
    { key: 'change', title: texts.change, align: 'right', show: ({ now, before }) => <Change now={now} before={before} /> },
    { key: 'year', title: texts.yearBefore, align: 'right', minor: true, show: ({ year_before }) => <Money value={year_before.amount} /> },
    { key: 'change-year', title: texts.changeYear, align: 'right', show: ({ now, year_before }) => <Change now={now} before={year_before} /> },
  ];
  return (
    <>
      <div className="billing-filter">
        <Segmented
          size="small"
          value={by}
          onChange={setBy}
          options={[
            { value: 'tariff', label: texts.tariff },
            { value: 'category', label: texts.category },
            { value: 'station', label: texts.station },
          ]}
        />
      </div>
      <PageState of={groups} isEmpty={(groups) => groups.length === 0} empty={texts.compareEmpty}>
        {(groups) => (
          <DataTable label={texts.compare} columns={columns} rows={[...groups, total(groups, texts.total)]} rowKey={({ code }) => code} rowClass={({ code }) => (code === TOTAL ? 'total' : undefined)} />
        )}
      </PageState>
    </>
  );
}

const TOTAL = '';

function total(groups: readonly Group[], name: string): Group {
  const sums = (pick: (group: Group) => Sums): Sums => {
    const picked = groups.map(pick);
    return { accounts: picked.reduce((all, { accounts }) => all + accounts, 0), kwh: sumKwh(picked.map(({ kwh }) => kwh)), amount: sumYuan(picked.map(({ amount }) => amount)) };
  };
  return { code: TOTAL, name: { zh: name, en: name }, now: sums(({ now }) => now), before: sums(({ before }) => before), year_before: sums((group) => group.year_before) };
}

/** kWh have three decimals at most. */
function sumKwh(texts: readonly string[]): string {
  const wh = texts.reduce((sum, text) => {
    const [whole = '0', rest = ''] = text.replace('-', '').split('.');
    const own = BigInt(whole) * 1000n + BigInt(rest.padEnd(3, '0'));
    return text.startsWith('-') ? sum - own : sum + own;
  }, 0n);
  const digits = (wh < 0n ? -wh : wh).toString().padStart(4, '0');
  const rest = digits.slice(-3).replace(/0+$/, '');
  return `${wh < 0n ? '-' : ''}${digits.slice(0, -3)}${rest === '' ? '' : `.${rest}`}`;
}

/** The change in per cent with one decimal; more than a tenth stands out. */
function Change({ now, before }: { now: Sums; before: Sums }): ReactNode {
  const [fen, base] = [fenOf(now.amount) ?? 0n, fenOf(before.amount) ?? 0n];
  if (base === 0n || now.accounts === 0) {
    return <span className="absent">—</span>;
  }
  const size = base < 0n ? -base : base;
  const thousandths = ((fen - base) * 1000n) / size;
  const digits = (thousandths < 0n ? -thousandths : thousandths).toString().padStart(2, '0');
  const isFar = thousandths > 100n || thousandths < -100n;
  const sign = thousandths < 0n ? '−' : thousandths > 0n ? '+' : '';
  return <span className={`figure${isFar ? ' far' : ''}`}>{`${sign}${digits.slice(0, -1)}.${digits.slice(-1)}%`}</span>;
}
