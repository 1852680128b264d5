import { Fragment, type ReactNode } from 'react';

import { useTexts } from '@/ui';
import { grouped } from '@/ui/figures';

import { surchargeOf, type Band, type Content, type Tiers } from './content';
import { addPrices, fourDecimals, kwhOf } from './decimals';
import { FigureTable } from './FigureTable';
import { useBandName, useSeason, useTerm } from './terms';
import { pricesTexts } from './texts';

/** What a kWh costs: by tier, or by voltage and season where there are no tiers. */
export function EnergyPrices({ content }: { content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const season = useSeason();
  const { tiers } = content;
  if (tiers === null) {
    return <ByBand content={content} />;
  }
  return (
    <>
      {tiers.limits.map(({ months, up_to }) => (
        <Fragment key={months.join()}>
          {tiers.limits.length > 1 ? <h3>{season(months)}</h3> : null}
          <ByTier content={content} tiers={tiers} limits={up_to} />
        </Fragment>
      ))}
      <p className="hint">{tiers.span === 'year' ? texts.yearHint : texts.monthHint}</p>
    </>
  );
}

const keyOf = (band: Band) => [...band.voltages, ...(band.months ?? [])].join();

function ByBand({ content }: { content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  const season = useSeason();
  const { bands, registers } = content;
  const hasSeasons = bands.some((band) => band.months !== undefined);
  return (
    <FigureTable
      caption={registers.length > 1 ? texts.unit : undefined}
      words={hasSeasons ? [texts.voltage, texts.months] : [texts.voltage]}
      figures={registers.length > 1 ? registers.map((register) => word(`register.${register}`)) : [texts.unitPrice('')]}
    >
      <tbody>
        {bands.map((band) => (
          <tr key={keyOf(band)}>
            <th scope="row">{band.voltages.join(' / ')}</th>
            {hasSeasons ? <td className="figure">{season(band.months ?? [])}</td> : null}
            {registers.map((register) => (
              <td key={register} className="right figure strong">
                {fourDecimals(band.energy.find(([known]) => known === register)?.[1] ?? '0')}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}

function ByTier({ content, tiers, limits }: { content: Content; tiers: Tiers; limits: number[] }): ReactNode {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  const { bands, registers } = content;
  const bandName = useBandName(bands);
  const rows = Array.from({ length: limits.length + 1 }, (_, at) => at + 1);
  const perMonth = (wh: number) => grouped(kwhOf(Math.round(wh / 12_000) * 1000));
  return (
    <FigureTable
      words={[texts.tier, tiers.span === 'year' ? texts.usageYear : texts.usageMonth]}
      figures={bands.flatMap((band) => registers.map((register) => texts.unitPrice([bandName(band), word(`register.${register}`)].filter(Boolean).join(' '))))}
    >
      <tbody>
        {rows.map((tier) => {
          const low = tier === 1 ? '0' : grouped(kwhOf(limits[tier - 2] ?? 0));
          const high = limits[tier - 1];
          return (
            <tr key={tier}>
              <th scope="row">{texts.tierName(tier)}</th>
              <td>
                {high === undefined ? texts.above(low) : texts.upTo(low, grouped(kwhOf(high)))}
                {tiers.span === 'year' && high !== undefined ? <span className="aside"> {texts.perMonth(perMonth(high))}</span> : null}
              </td>
              {bands.map((band) =>
                band.energy.map(([register, price]) => (
                  <td key={keyOf(band) + register} className="right figure strong">
                    {addPrices(fourDecimals(price), surchargeOf(tiers, tier, register))}
                  </td>
                )),
              )}
            </tr>
          );
        })}
      </tbody>
    </FigureTable>
  );
}
