import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Instant, PageHead, useGo, usePages, useTexts, useWords, type Column } from '@/ui';

import { packTexts } from './packTexts';
import { useTerm } from './terms';

type TariffPack = Schema<'TariffPack'>;

/** Every price list that was uploaded, newest first. */
export default function Packs(): ReactNode {
  const texts = useTexts(packTexts);
  const words = useWords();
  const go = useGo();
  const rights = useRights();
  const packs = usePages(['tariff-packs'], (after) => api.GET('/api/tariff-packs', { params: { query: { after } } }));
  const columns: Column<TariffPack>[] = [
    { key: 'no', title: texts.no, width: 60, align: 'right', show: (pack) => pack.pack_no },
    { key: 'tariff', title: texts.tariff, show: (pack) => <>{words(pack.name)} <span className="code">{pack.code}</span></> },
    { key: 'starts', title: texts.startsOn, show: (pack) => <Day value={pack.starts_on} /> },
    { key: 'state', title: texts.state, show: (pack) => <PackState state={pack.state} /> },
    { key: 'offered', title: texts.offeredBy, show: (pack) => <>{pack.offered_by} <Instant value={pack.offered_at} /></> },
    {
      key: 'decided',
      title: texts.decidedBy,
      minor: true,
      show: (pack) => (pack.ended_by ?? pack.approved_by) == null ? '' : <>{pack.ended_by ?? pack.approved_by} <Instant value={pack.ended_at ?? pack.approved_at} /></>,
    },
    { key: 'reason', title: texts.reason, minor: true, show: (pack) => pack.reason ?? '' },
  ];
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        {rights.has('tariff.upload') ? <ActButton does={texts.upload} keys="n" type="primary" onAct={() => go({ to: '/prices/packs/upload' })} /> : null}
      </PageHead>
      <DataTable
        label={texts.title}
        columns={columns}
        rows={packs}
        rowKey={(pack) => String(pack.pack_no)}
        onOpen={(pack) => go({ to: '/prices/packs/$pack_no', params: { pack_no: String(pack.pack_no) } })}
        empty={texts.empty}
        autoFocus
      />
    </>
  );
}

export function PackState({ state }: { state: string }): ReactNode {
  const word = useTerm();
  const kind = { offered: 'warn', approved: 'good', refused: 'bad', withdrawn: '' }[state] ?? '';
  return <span className={`tag ${kind}`}>{word(`state.${state}`)}</span>;
}
