import type { ReactNode } from 'react';

import { useTexts } from '@/ui';

import type { Layer, Source } from './content';
import { KINDS, hoursOfDays, spansOf, type DayHours, type Run } from './hours';
import { industryTexts } from './industryTexts';
import { SourceNote, useSeason, useTerm } from './terms';

const ORDER = ['sharp', 'peak', 'flat', 'valley', 'deep-valley', 'total'];
const MARKS = [0, 6, 12, 18, 24];
/** Two hours have room for a word. */
const ROOM = 8;

/** Which hours are peak and which are valley: a bar of 24 hours for each kind of day, and the same in words. */
export function HoursOfDay({ layers, source }: { layers: Layer[]; source: Source }): ReactNode {
  const texts = useTexts(industryTexts);
  const nameOf = useDayName(layers);
  return (
    <section>
      <h3>{texts.hours}</h3>
      <table className="hours">
        <caption className="unseen">{texts.hours}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.days}</th>
            <th scope="col">
              <span className="unseen">{texts.hours}</span>
              <div className="hour-marks" aria-hidden="true">
                {MARKS.map((hour) => (
                  <span key={hour} style={{ left: `${(hour * 100) / 24}%` }}>
                    {hour}
                  </span>
                ))}
              </div>
            </th>
          </tr>
        </thead>
        <tbody>
          {hoursOfDays(layers).map((day) => (
            <tr key={nameOf(day)}>
              <th scope="row">{nameOf(day)}</th>
              <td>
                <Bar runs={day.runs} />
                <InWords runs={day.runs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">
        {texts.hoursHint} <SourceNote source={source} />
      </p>
    </section>
  );
}

function useDayName(layers: Layer[]): (day: DayHours) => string {
  const texts = useTexts(industryTexts);
  const word = useTerm();
  const season = useSeason();
  const byHeat = layers.some((layer) => layer.hot === true);
  return ({ months, kinds, hot }) => {
    const parts = [
      months.length === 12 ? '' : season(months),
      kinds.length === KINDS.length ? '' : texts.listed(kinds.map((kind) => word(`day.${kind}`))),
      !byHeat || hot.length === 2 ? '' : hot[0] === true ? texts.hot : texts.notHot,
    ];
    return parts.filter(Boolean).join(' · ') || texts.everyDay;
  };
}

function Bar({ runs }: { runs: Run[] }): ReactNode {
  const word = useTerm();
  return (
    <div className="hour-bar" aria-hidden="true">
      {runs.map(({ register, from, to }) => (
        <span key={from} className={register} style={{ flexGrow: to - from }}>
          {to - from >= ROOM ? word(`register.${register}`) : ''}
        </span>
      ))}
    </div>
  );
}

function InWords({ runs }: { runs: Run[] }): ReactNode {
  const texts = useTexts(industryTexts);
  const word = useTerm();
  const registers = ORDER.filter((register) => runs.some((run) => run.register === register));
  return (
    <p className="hour-words">
      {registers.map((register) => (
        <span key={register}>
          <i className={register} aria-hidden="true" />
          {word(`register.${register}`)} {texts.listed(spansOf(runs, register))}
        </span>
      ))}
    </p>
  );
}
