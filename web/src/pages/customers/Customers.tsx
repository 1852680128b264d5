import { Input } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';

import { DataTable, Empty, Field, Loading, Money, PageHead, ProblemNote, useQueryState, useTexts, type Column } from '@/ui';
import { useRights } from '@/shell/session';

import { Matched } from './Matched';
import { useOpenFound } from './opening';
import { findTexts } from './texts';
import { LONGEST, useSearch, type Found } from './useSearch';
import { useTariffNames } from './words';
import './customers.css';

const MOST = 50;

/** Customers by whatever they give; the line stays in the address. */
export default function Customers(): ReactNode {
  const texts = useTexts(findTexts);
  const open = useOpenFound();
  const [query, change] = useQueryState();
  const [line, setLine] = useState(query['q'] ?? '');
  const searched = useSearch(line, MOST);
  const { found } = searched;
  const rights = useRights();
  const tariffs = useTariffNames();

  // The search in the head leads here too, with another line.
  useEffect(() => setLine((typed) => (typed.trim() === (query['q'] ?? '') ? typed : (query['q'] ?? ''))), [query['q']]);
  useEffect(() => {
    if (searched.isCurrent && line.trim() !== (query['q'] ?? '')) {
      change({ q: line.trim() === '' ? undefined : line.trim() });
    }
  }, [searched.isCurrent, line]);

  const columns: Column<Found>[] = [
    { key: 'supply_no', title: texts.supplyNo, show: (row) => <span className="figure">{row.supply_no}</span> },
    { key: 'name', title: texts.name, show: (row) => row.name },
    { key: 'phone', title: texts.phone, show: (row) => <span className="figure">{row.phone ?? '—'}</span> },
    { key: 'address', title: texts.address, show: (row) => row.address ?? '—' },
    { key: 'station', title: texts.station, show: (row) => row.station, minor: true },
    { key: 'tariff', title: texts.tariff, show: (row) => tariffs(row.tariff), minor: true },
    ...(rights.hasOne(['ledger.read', 'payment.take'])
      ? [{ key: 'owed', title: texts.owed, align: 'right' as const, show: (row: Found) => <Money value={row.owed} strong={row.owed != null && row.owed !== '0.00'} /> }]
      : []),
    { key: 'matched', title: texts.matched, show: (row) => <Matched of={row.matched} /> },
  ];

  return (
    <>
      <PageHead title={texts.title} about={found === undefined || line.trim() === '' ? undefined : texts.found(found.items.length)} />
      <section className="panel">
        <Field label={texts.box} hint={texts.example}>
          <Input
            value={line}
            maxLength={LONGEST}
            autoFocus
            allowClear
            size="large"
            placeholder={texts.hint}
            onChange={(event) => setLine(event.target.value)}
            onKeyDown={(event) => {
              const first = found?.items[0];
              if (event.key === 'ArrowDown') {
                event.preventDefault();
                document.querySelector<HTMLElement>('.found-table table')?.focus();
              } else if (event.key === 'Enter' && !event.nativeEvent.isComposing && searched.isCurrent && first !== undefined) {
                open(first);
              }
            }}
          />
        </Field>
      </section>
      {line.trim() === '' ? null : (
        <section className="panel found-table">
          {found?.complete === false ? <p className="note warn">{texts.building}</p> : null}
          {searched.problem !== null ? <ProblemNote problem={searched.problem} onRetry={searched.refetch} /> : null}
          {found === undefined && searched.problem === null ? <Loading /> : null}
          {found !== undefined && found.items.length === 0 && searched.isCurrent ? <Empty>{texts.none}</Empty> : null}
          {found === undefined || found.items.length === 0 ? null : (
            <DataTable label={texts.title} columns={columns} rows={found.items} rowKey={(row) => row.supply_no} onOpen={open} />
          )}
          {found?.more === true ? <p className="note">{texts.more}</p> : null}
        </section>
      )}
    </>
  );
}
