import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, Field, Kwh, PageHead, useAct, usePages, useSay, useTexts, useWords, type Column } from '@/ui';

import { Background, SiteHead } from './Background';
import { useSiteColumns } from './columns';
import { DecisionForm, KindSelect, REFRESH, useDecide } from './deciding';
import { readingTexts } from './texts';
import { WorkBar, WorkLinks, backToTable, useWork } from './work';

type Absent = Schema<'MissingReading'>;
type Form = 'enter' | 'estimate' | 're-read';

const keyOf = (row: Absent) => `${row.site.meter_no} ${row.register}`;

/** Registers without a reading: i enters one, e estimates, r sends somebody. */
export default function Missing(): ReactNode {
  const texts = useTexts(readingTexts);
  const work = useWork();
  const { month, station, book } = work;
  const asked = { limit: 100, ...(station === undefined ? {} : { station }), ...(book === undefined ? {} : { book }) };
  const missing = usePages(['missing', month, asked], (after) =>
    api.GET('/api/reading-months/{month}/missing', {
      params: { path: { month }, query: { ...asked, ...(after === undefined ? {} : { after }) } },
    }),
  );
  const [chosen, setChosen] = useState<string>();
  const rows = missing.rows;
  const at = Math.max(0, rows.findIndex((row) => keyOf(row) === chosen));
  const row = rows[at];
  const goOn = () => {
    const next = rows[at + 1] ?? rows[at - 1];
    setChosen(next === undefined ? undefined : keyOf(next));
    backToTable();
  };
  return (
    <>
      <PageHead title={texts.missing} about={texts.missingAbout}>
        <WorkLinks work={work} />
      </PageHead>
      <WorkBar work={work} />
      <div className="workbench">
        <div>
          <DataTable
            label={texts.missing}
            columns={useColumns()}
            rows={missing}
            rowKey={keyOf}
            chosen={row === undefined ? undefined : keyOf(row)}
            onChoose={(row) => setChosen(keyOf(row))}
            autoFocus
            height="calc(100vh - 230px)"
            empty={texts.nothingMissing}
          />
        </div>
        {row === undefined ? null : <Desk key={keyOf(row)} row={row} onDone={goOn} />}
      </div>
    </>
  );
}

function useColumns(): readonly Column<Absent>[] {
  const texts = useTexts(readingTexts);
  const site = useSiteColumns();
  return [
    site.customer,
    site.meter,
    { key: 'book', title: texts.book, show: (row) => (row.site.book === '' ? texts.noBook : row.site.book), minor: true },
    { key: 'due', title: texts.dueOn, show: (row) => <Day value={row.due_on} /> },
    { key: 'last', title: texts.lastRead, show: (row) => <Day value={row.background.before_on} /> },
    { key: 'value', title: texts.value, show: (row) => <Kwh value={row.background.before} />, align: 'right' },
    { key: 'year', title: texts.lastYear, show: (row) => <Kwh value={row.background.last_year_kwh} />, align: 'right', minor: true },
    { key: 'order', title: texts.state, show: (row) => (row.order == null ? '' : <span className="tag info">{texts.ordered}</span>) },
  ];
}

function Desk({ row, onDone }: { row: Absent; onDone: () => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const rights = useRights();
  const [form, setForm] = useState<Form>();
  const act = useDecide(onDone);
  const place = { meter_no: row.site.meter_no, register: row.register, read_on: row.due_on };
  const leave = () => {
    act.forget();
    setForm(undefined);
    backToTable();
  };
  return (
    <section className="panel desk" aria-label={row.site.supply_no}>
      <SiteHead site={row.site} register={row.register} />
      <Background background={row.background} readOn={row.due_on} isShort={form !== undefined} />
      {row.order == null ? null : (
        <p className="note">
          {texts.ordered} · {texts.rereadOn} <Day value={row.order.due_on} /> {row.order.reader}
        </p>
      )}
      <div className="row decisions">
        {rights.has('reading.import') ? <ActButton does={texts.enter} keys="i" type="primary" onAct={() => setForm('enter')} /> : null}
        {rights.has('reading.decide') ? (
          <>
            <ActButton does={texts.estimate} keys="e" onAct={() => setForm('estimate')} />
            <ActButton does={texts.reread} keys="r" notNow={row.order == null ? undefined : texts.ordered} onAct={() => setForm('re-read')} />
          </>
        ) : null}
      </div>
      {form === undefined ? null : form === 'enter' ? (
        <EnterForm row={row} onDone={onDone} onCancel={leave} />
      ) : (
        <DecisionForm key={form} decision={form} place={place} act={act} onCancel={leave} />
      )}
    </section>
  );
}

/** A reading by hand, judged as the rows of a file are. */
function EnterForm({ row, onDone, onCancel }: { row: Absent; onDone: () => void; onCancel: () => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const say = useSay();
  const [value, setValue] = useState('');
  const [kind, setKind] = useState('actual');
  const [readOn, setReadOn] = useState<string | null>(row.due_on);
  const [wasTried, setTried] = useState(false);
  const act = useAct(
    (wish: Schema<'ToldReading'>, header) => api.POST('/api/readings', { params: { header }, body: wish }),
    {
      name: 'tell-reading',
      refresh: REFRESH,
      fields: ['value', 'read_on', 'kind'],
      done: ({ doubts }) => {
        say.done(doubts.length === 0 ? texts.entered : texts.enteredDoubts(doubts.map((doubt) => words(doubt.message)).join('；')));
        onDone();
      },
    },
  );
  return (
    <form
      className="decision-form"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (value.trim() !== '' && readOn !== null) {
          act.run({ meter_no: row.site.meter_no, register: row.register, read_on: readOn, value: value.trim(), kind });
        }
      }}
    >
      <Field label={texts.value} required error={act.at('value') ?? (wasTried && value.trim() === '' ? texts.needValue : undefined)}>
        <Input
          value={value}
          autoFocus
          inputMode="decimal"
          onChange={(event) => setValue(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onCancel()}
        />
      </Field>
      <Field label={texts.readOn} required error={act.at('read_on')}>
        <DayInput value={readOn} onChange={setReadOn} allowClear={false} />
      </Field>
      <Field label={texts.kindOf}>
        <KindSelect value={kind} onChange={setKind} />
      </Field>
      <div className="row">
        <Button htmlType="submit" type="primary" loading={act.isRunning}>
          {texts.enter}
        </Button>
        <Button onClick={onCancel}>{texts.cancelForm}</Button>
      </div>
    </form>
  );
}
