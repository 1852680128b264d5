import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Instant, Kwh, PageHead, today, usePages, useTexts, type Column } from '@/ui';

import { SiteHead } from './Background';
import { useSiteColumns } from './columns';
import { UndoForm, useUndo } from './deciding';
import { readingTexts } from './texts';
import { Choice, KindTag, WorkBar, WorkLinks, useWork } from './work';

type Order = Schema<'ReadingOrder'>;

/** Who is to read what again, and by when. */
export default function Orders(): ReactNode {
  const texts = useTexts(readingTexts);
  const work = useWork();
  const { station, book, query } = work;
  const open = query.show !== 'done';
  const asked = { open, limit: 100, ...(station === undefined ? {} : { station }), ...(book === undefined ? {} : { book }) };
  const orders = usePages(['reading-orders', asked], (after) =>
    api.GET('/api/reading-orders', { params: { query: { ...asked, ...(after === undefined ? {} : { after }) } } }),
  );
  const [chosen, setChosen] = useState<string>();
  const row = orders.rows.find((row) => row.decision === chosen) ?? orders.rows[0];
  return (
    <>
      <PageHead title={texts.orders} about={texts.ordersAbout}>
        <WorkLinks work={work} />
      </PageHead>
      <WorkBar work={work}>
        <Choice
          label={texts.state}
          value={open ? 'open' : 'done'}
          words={[
            { value: 'open', label: texts.openOrders },
            { value: 'done', label: texts.doneOrders },
          ]}
          onChoose={(show) => work.change({ show: show === 'open' ? undefined : show })}
        />
      </WorkBar>
      <div className="workbench">
        <div>
          <DataTable
            label={texts.orders}
            columns={useColumns()}
            rows={orders}
            rowKey={(row) => row.decision}
            chosen={row?.decision}
            onChoose={(row) => setChosen(row.decision)}
            autoFocus
            empty={texts.noOrders}
            rowClass={(row) => (row.done_on == null && row.due_on < today() ? 'doubtful' : undefined)}
          />
        </div>
        {row === undefined ? null : <Desk key={row.decision} row={row} />}
      </div>
    </>
  );
}

function useColumns(): readonly Column<Order>[] {
  const texts = useTexts(readingTexts);
  const site = useSiteColumns();
  return [
    {
      key: 'due',
      title: texts.rereadOn,
      show: (row) => (
        <>
          <Day value={row.due_on} /> {row.done_on == null && row.due_on < today() ? <span className="tag bad">{texts.late}</span> : null}
        </>
      ),
    },
    { key: 'reader', title: texts.whoGoes, show: (row) => row.reader },
    site.customer,
    site.meter,
    { key: 'was', title: texts.putAside, show: (row) => <Day value={row.read_on} />, minor: true },
    { key: 'reason', title: texts.decisionReason, show: (row) => row.reason, minor: true },
    {
      key: 'result',
      title: texts.result,
      show: (row) =>
        row.done == null ? '' : (
          <>
            <Day value={row.done_on} /> <Kwh value={row.done.value} /> <KindTag kind={row.done.kind} />
          </>
        ),
    },
  ];
}

function Desk({ row }: { row: Order }): ReactNode {
  const texts = useTexts(readingTexts);
  const rights = useRights();
  const [isAsking, setAsking] = useState(false);
  const undo = useUndo(() => setAsking(false));
  return (
    <section className="panel desk" aria-label={row.site.supply_no}>
      <SiteHead site={row.site} register={row.register} />
      <p className="note">
        {texts.orderedBy} {row.ordered_by} · <Instant value={row.ordered_at} />
        <br />
        {texts.decisionReason}: {row.reason}
      </p>
      {row.done_on != null || !rights.has('reading.decide') ? null : isAsking ? (
        <UndoForm id={row.decision} act={undo} onCancel={() => setAsking(false)} />
      ) : (
        <div className="row">
          <ActButton does={texts.cancelOrder} keys="u" onAct={() => setAsking(true)} />
        </div>
      )}
    </section>
  );
}
