import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Bars, GoTo, Instant, Kwh, useTexts, useWords } from '@/ui';

import { readingTexts } from './texts';
import { KindTag, useRegisterWord } from './work';

/** Whose register it is. */
export function SiteHead({ site, register }: { site: Schema<'ReadingSite'>; register: string }): ReactNode {
  const word = useRegisterWord();
  return (
    <header>
      <h2>
        <GoTo to="/customers/$supply_no" params={{ supply_no: site.supply_no }}>
          {site.supply_no}
        </GoTo>{' '}
        {site.name}
      </h2>
      <span className="stretch" />
      <span className="quiet">
        {site.meter_no} {word(register)} · {site.book === '' ? site.station : `${site.station} ${site.book}`}
      </span>
      {site.address == null ? null : <p className="quiet">{site.address}</p>}
    </header>
  );
}

type Props = {
  background: Schema<'ReadingBackground'>;
  /** Absent where nothing was read. */
  value?: string;
  kind?: string;
  readOn: string;
  /** The curve makes room for what is being filled in. */
  isShort?: boolean;
};

/** What was before, what is now, and the small curve of the last readings. */
export function Background({ background, value, kind, readOn, isShort = false }: Props): ReactNode {
  const texts = useTexts(readingTexts);
  const drawn = background.history.filter((past) => past.use_kwh != null);
  return (
    <>
      <dl className="facts">
        <dt>{value === undefined ? texts.lastRead : texts.before}</dt>
        <dd>
          <Kwh value={background.before} /> <span className="quiet">{background.before_on ?? ''}</span>
        </dd>
        {value === undefined ? null : (
          <>
            <dt>{texts.now}</dt>
            <dd>
              <Kwh value={value} strong /> <span className="quiet">{readOn}</span> {kind === undefined ? null : <KindTag kind={kind} />}
            </dd>
            <dt>{texts.use}</dt>
            <dd>
              <Kwh value={background.use_kwh} strong /> <span className="quiet">{texts.days(background.days)}</span>
            </dd>
          </>
        )}
        <dt>{texts.average}</dt>
        <dd>
          <Kwh value={background.average_kwh} />
        </dd>
        <dt>{texts.lastYear}</dt>
        <dd>
          <Kwh value={background.last_year_kwh} />
        </dd>
      </dl>
      {isShort || drawn.length < 2 ? null : (
        <Bars
          label={texts.chart}
          x={drawn.map((past) => past.on.slice(2))}
          series={[{ name: texts.curveUse, values: drawn.map((past) => past.use_kwh ?? null) }]}
          unit="kWh"
          height={150}
        />
      )}
    </>
  );
}

/** By whom, when and why it was decided. */
export function DecisionNote({ decided }: { decided: Schema<'ReviewDecision'> }): ReactNode {
  const texts = useTexts(readingTexts);
  const words = useWords();
  return (
    <p className="note">
      <strong>{words(decided.label)}</strong> · {texts.decidedBy} {decided.by} · <Instant value={decided.at} />
      {decided.reason == null ? null : (
        <>
          <br />
          {texts.decisionReason}: {decided.reason}
        </>
      )}
      {decided.decision === 'correct' && decided.before != null ? (
        <>
          <br />
          {texts.before}: <Kwh value={decided.before.value} /> → <Kwh value={decided.after?.value} />
        </>
      ) : null}
    </p>
  );
}

