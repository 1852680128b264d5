import { Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Kwh, PageHead, useAct, useLanguage, usePages, useSay, useTexts, useWords, type Column } from '@/ui';

import { Background, DecisionNote, SiteHead } from './Background';
import { useSiteColumns } from './columns';
import { DecisionForm, REFRESH, UndoForm, useDecide, useUndo, type Decision } from './deciding';
import { DOUBTS, doubtTexts, readingTexts, usualReasons } from './texts';
import { Choice, KindTag, WorkBar, WorkLinks, backToTable, useWork, type Work } from './work';

type Reading = Schema<'DoubtfulReading'>;

const keyOf = (row: Reading) => [row.site.meter_no, row.register, row.read_on].join(' ');

/** Doubtful readings of the month: j and k choose, a c e r decide, u takes back. */
export default function Doubtful(): ReactNode {
  const texts = useTexts(readingTexts);
  const rights = useRights();
  const work = useWork();
  const { month, station, book, query } = work;
  const show = query.show === 'decided' || query.show === 'all' ? query.show : 'open';
  const doubt = DOUBTS.find((known) => known === query.doubt);
  const asked = {
    limit: 100,
    ...(station === undefined ? {} : { station }),
    ...(book === undefined ? {} : { book }),
    ...(doubt === undefined ? {} : { doubt }),
    ...(show === 'all' ? {} : { undecided: show === 'open' }),
  };
  const readings = usePages(['doubtful', month, asked], (after) =>
    api.GET('/api/reading-months/{month}/doubtful', {
      params: { path: { month }, query: { ...asked, ...(after === undefined ? {} : { after }) } },
    }),
  );
  const [chosen, setChosen] = useState<string>();
  const rows = readings.rows;
  const at = Math.max(0, rows.findIndex((row) => keyOf(row) === chosen));
  const row = rows[at];
  const columns = useColumns(show !== 'open');

  return (
    <>
      <PageHead title={texts.doubtful} about={texts.doubtfulAbout}>
        <WorkLinks work={work} />
      </PageHead>
      <WorkBar work={work}>
        <DoubtSelect value={doubt} onChange={(doubt) => work.change({ doubt })} />
        <Choice
          label={texts.state}
          value={show}
          words={[
            { value: 'open', label: texts.onlyUndecided },
            { value: 'decided', label: texts.onlyDecided },
            { value: 'all', label: texts.all },
          ]}
          onChoose={(show) => work.change({ show: show === 'open' ? undefined : show })}
        />
        {doubt !== undefined && doubt !== 'negative' && show === 'open' && rows.length > 0 && rights.has('reading.decide') ? (
          <AcceptAll work={work} doubt={doubt} />
        ) : null}
      </WorkBar>
      <div className="workbench">
        <div>
          <DataTable
            label={texts.doubtful}
            columns={columns}
            rows={readings}
            rowKey={keyOf}
            chosen={row === undefined ? undefined : keyOf(row)}
            onChoose={(row) => setChosen(keyOf(row))}
            autoFocus
            height="calc(100vh - 230px)"
            empty={texts.nothingDoubtful}
          />
        </div>
        {row === undefined ? null : (
          <Desk
            key={keyOf(row)}
            row={row}
            onDecided={() => {
              setChosen(neighbour(rows, at, show === 'open'));
              backToTable();
            }}
          />
        )}
      </div>
    </>
  );
}

/** Where the cursor goes on: what is decided leaves the list of open readings. */
function neighbour(rows: readonly Reading[], at: number, leaves: boolean): string | undefined {
  const next = rows[at + 1] ?? (leaves ? rows[at - 1] : rows[at]);
  return next === undefined ? undefined : keyOf(next);
}

function useColumns(withState: boolean): readonly Column<Reading>[] {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const doubts = useTexts(doubtTexts);
  const site = useSiteColumns();
  return [
    site.customerAndRegister,
    {
      key: 'doubt',
      title: texts.doubt,
      show: (row) =>
        row.doubts.map((found) => (
          <span key={found.doubt} className={`tag ${found.doubt === 'negative' ? 'bad' : 'warn'}`}>
            {found.doubt in doubts ? doubts[found.doubt as keyof typeof doubts] : words(found.label)}
          </span>
        )),
    },
    { key: 'before', title: texts.before, show: (row) => <Kwh value={row.background.before} />, align: 'right', minor: true },
    {
      key: 'now',
      title: texts.now,
      show: (row) => (
        <>
          {row.kind === 'estimated' ? <KindTag kind={row.kind} /> : null} <Kwh value={row.value} />
        </>
      ),
      align: 'right',
    },
    { key: 'use', title: texts.use, show: (row) => <Kwh value={row.background.use_kwh} strong />, align: 'right' },
    { key: 'average', title: texts.average, show: (row) => <Kwh value={row.background.average_kwh} />, align: 'right' },
    { key: 'year', title: texts.lastYear, show: (row) => <Kwh value={row.background.last_year_kwh} />, align: 'right', minor: true },
    ...(withState
      ? [{ key: 'state', title: texts.state, show: (row: Reading) => (row.decision == null ? '' : words(row.decision.label)) }]
      : []),
  ];
}

function DoubtSelect({ value, onChange }: { value: string | undefined; onChange: (doubt: string | undefined) => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useTexts(doubtTexts);
  const options = [{ value: '', label: `${texts.doubt}: ${texts.all}` }, ...DOUBTS.map((doubt) => ({ value: doubt as string, label: words[doubt] }))];
  return (
    <Select
      aria-label={texts.doubt}
      size="small"
      style={{ width: 150 }}
      value={value ?? ''}
      options={options}
      onChange={(doubt) => onChange(doubt === '' ? undefined : doubt)}
    />
  );
}

/** The chosen reading, and what can be decided about it. */
function Desk({ row, onDecided }: { row: Reading; onDecided: () => void }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  const rights = useRights();
  const [form, setForm] = useState<Exclude<Decision, 'accept'> | 'undo'>();
  const place = { meter_no: row.site.meter_no, register: row.register, read_on: row.read_on };
  const act = useDecide(onDecided);
  const undo = useUndo(onDecided);
  const isNegative = row.doubts.some((found) => found.doubt === 'negative');
  const notBilled = row.billed ? texts.billed : undefined;
  const decided = row.decision ?? undefined;
  const leave = () => {
    act.forget();
    setForm(undefined);
    backToTable();
  };
  const accept = () => act.run({ decision: 'accept', items: [place], beyond_limit: false });
  return (
    <section className="panel desk" aria-label={row.site.supply_no}>
      <SiteHead site={row.site} register={row.register} />
      {row.doubts.map((found) => (
        <p key={found.doubt} className={`note ${found.doubt === 'negative' ? 'bad' : 'warn'}`}>
          <strong>{words(found.label)}</strong> {found.message == null ? null : words(found.message)}
          {form !== undefined ? null : (
            <>
              <br />
              <span className="quiet">{words(found.meaning)}</span>
            </>
          )}
        </p>
      ))}
      <Background background={row.background} value={row.value} kind={row.kind} readOn={row.read_on} isShort={form !== undefined} />
      {decided === undefined ? null : <DecisionNote decided={decided} />}
      {row.billed ? <p className="note warn">{texts.billed}</p> : null}
      {!rights.has('reading.decide') ? null : (
        <div className="row decisions">
          {decided === undefined ? (
            <ActButton does={texts.accept} keys="a" type="primary" loading={act.isRunning} onAct={accept} notNow={isNegative ? texts.negativeNote : undefined} />
          ) : (
            <ActButton does={texts.undo} keys="u" notNow={notBilled} onAct={() => setForm('undo')} />
          )}
          <ActButton does={texts.correct} keys="c" notNow={notBilled} onAct={() => setForm('correct')} />
          <ActButton does={texts.estimate} keys="e" notNow={notBilled} onAct={() => setForm('estimate')} />
          <ActButton does={texts.reread} keys="r" notNow={notBilled} onAct={() => setForm('re-read')} />
        </div>
      )}
      {form === undefined ? null : form === 'undo' ? (
        decided === undefined ? null : <UndoForm id={decided.id} act={undo} onCancel={leave} />
      ) : (
        <DecisionForm key={form} decision={form} place={place} act={act} onCancel={leave} />
      )}
    </section>
  );
}

/** All readings of one doubt at once, for a reason. */
function AcceptAll({ work, doubt }: { work: Work; doubt: (typeof DOUBTS)[number] }): ReactNode {
  const texts = useTexts(readingTexts);
  const language = useLanguage();
  const doubts = useTexts(doubtTexts);
  const say = useSay();
  const [isAsking, setAsking] = useState(false);
  const { month, station, book } = work;
  const act = useAct(
    (reason: string, header) =>
      api.POST('/api/reading-months/{month}/acceptances', {
        params: { path: { month }, header },
        body: { doubt, reason, station: station ?? null, book: book ?? null },
      }),
    {
      name: `accept-all ${month} ${station} ${book} ${doubt}`,
      refresh: REFRESH,
      fields: ['reason'],
      done: ({ accepted, more }) => {
        setAsking(false);
        say.done(more ? `${texts.acceptedAll(accepted)} · ${texts.more}` : texts.acceptedAll(accepted));
      },
    },
  );
  if (!isAsking) {
    return <ActButton size="small" does={texts.acceptAll(doubts[doubt])} keys="alt+a" onAct={() => setAsking(true)} />;
  }
  return (
    <div className="panel accept-all">
      <p className="quiet">{texts.acceptAllHint}</p>
      <ReasonField
        act={texts.acceptAll(doubts[doubt])}
        least={1}
        usual={usualReasons.accept[language]}
        isRunning={act.isRunning}
        error={act.at('reason')}
        onCancel={() => setAsking(false)}
        onGiven={act.run}
      />
    </div>
  );
}
