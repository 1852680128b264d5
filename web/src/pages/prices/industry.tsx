import type { ReactNode } from 'react';

import { useTexts, useWords, yuanOf } from '@/ui';

import type { Basic, Composition, Content, Loss, PowerFactor, Source } from './content';
import { fourDecimals, kwhOf, millionthsOf, percentOf } from './decimals';
import { FigureTable } from './FigureTable';
import { industryTexts } from './industryTexts';
import { SourceNote, useBandName, useTerm } from './terms';

const percent = (rate: string) => `${percentOf(millionthsOf(rate))}%`;

/** Of what the prices are made, a table for each band. */
export function Compositions({ content }: { content: Content }): ReactNode {
  const texts = useTexts(industryTexts);
  const { bands, registers } = content;
  const bandName = useBandName(bands);
  const made = bands.flatMap((band) => (band.composition === undefined ? [] : [{ band, composition: band.composition }]));
  return made.length === 0 ? null : (
    <section>
      <h3>{texts.composition}</h3>
      {made.map(({ band, composition }, at) => {
        const table = <Made key={at} composition={composition} energy={band.energy} registers={registers} />;
        return made.length === 1 ? (
          table
        ) : (
          <details key={at}>
            <summary>{bandName(band)}</summary>
            {table}
          </details>
        );
      })}
    </section>
  );
}

function Made({ composition, energy, registers }: { composition: Composition; energy: [string, string][]; registers: string[] }): ReactNode {
  const texts = useTexts(industryTexts);
  const words = useWords();
  const word = useTerm();
  const { components, ratios, cap } = composition;
  const periods = registers.filter((register) => register !== 'total');
  const of = (list: [string, string][], register: string) => list.find(([known]) => known === register)?.[1];
  const total = of(energy, 'total');
  return (
    <FigureTable words={[texts.component]} figures={[texts.perKwh, ...periods.map((register) => word(`register.${register}`))]}>
      <tbody>
        {components.map(({ code, name, price, floats }) => (
          <tr key={code}>
            <th scope="row">{words(name)}</th>
            <td className="right figure">{fourDecimals(price)}</td>
            {periods.map((register) => (
              <td key={register} className="right figure">
                {floats ? `× ${of(ratios, register) ?? '1'}` : texts.fixed}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{cap === undefined ? texts.sum : texts.sumAtMost(cap)}</th>
          <td className="right figure">{total === undefined ? null : fourDecimals(total)}</td>
          {periods.map((register) => (
            <td key={register} className="right figure">
              {fourDecimals(of(energy, register) ?? '0')}
            </td>
          ))}
        </tr>
      </tfoot>
    </FigureTable>
  );
}

export function BasicCharge({ basic }: { basic: Basic }): ReactNode {
  const texts = useTexts(industryTexts);
  const word = useTerm();
  const { prices, floor, excess, high_use, source } = basic;
  const rules = [
    floor === undefined ? '' : texts.floor(floor.modes.map((mode) => word(`mode.${mode}`)), percent(floor.share)),
    excess === undefined ? '' : texts.excess(percent(excess.over), excess.times, excess.base === 'contract' ? texts.ofContract : texts.ofThreshold),
    high_use === undefined ? '' : texts.highUse(kwhOf(high_use.per_kva), percent(high_use.rate)),
    basic.least_suspension_days === 0 ? '' : texts.suspension(basic.least_suspension_days),
    texts.window(basic.demand_window * 15),
  ].filter(Boolean);
  return (
    <section>
      <h3>{texts.basic}</h3>
      <FigureTable words={[texts.voltage]} figures={[texts.perKva, texts.perKw]}>
        <tbody>
          {prices.map(({ voltages, per_kva, per_kw }) => (
            <tr key={voltages.join()}>
              <th scope="row">{voltages.join(' / ')}</th>
              <td className="right figure strong">{per_kva}</td>
              <td className="right figure strong">{per_kw}</td>
            </tr>
          ))}
        </tbody>
      </FigureTable>
      <ul>
        {rules.map((rule) => (
          <li key={rule}>{rule}</li>
        ))}
      </ul>
      <SourceNote source={source} />
    </section>
  );
}

const factor = (hundredths: number) => `${Math.trunc(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;

type FactorRow = { from: number; to: number; each: string; sum: string | null };

/** The steps of a power factor rule from the best factor to the worst. */
function factorRows({ standard, rise, fall }: PowerFactor): FactorRow[] {
  const rows = (steps: PowerFactor['rise'], sign: '+' | '−'): FactorRow[] => {
    let [from, sum] = [standard, 0];
    return steps.map(({ to, each }) => {
      sum += Math.abs(to - from) * millionthsOf(each);
      const row = { from, to, each: `${sign}${percent(each)}`, sum: to === 0 ? null : `${sign}${percentOf(sum)}%` };
      from = to;
      return row;
    });
  };
  return [...rows(rise, '−').toReversed(), ...rows(fall, '+')];
}

export function PowerFactorSteps({ rule }: { rule: PowerFactor }): ReactNode {
  const texts = useTexts(industryTexts);
  const best = rule.rise.at(-1)?.to;
  return (
    <section>
      <h3>{texts.powerFactor}</h3>
      <p>{texts.standard(factor(rule.standard))}</p>
      <FigureTable words={[texts.factor]} figures={[texts.each, texts.atEnd]} isSmall>
        <tbody>
          {factorRows(rule).map(({ from, to, each, sum }) => (
            <tr key={to}>
              <th scope="row">{to === 0 ? texts.below(factor(from)) : texts.between(factor(from), factor(to))}</th>
              <td className="right figure">{each}</td>
              <td className="right figure">{sum ?? texts.goesOn}</td>
            </tr>
          ))}
        </tbody>
      </FigureTable>
      <p className="hint">
        {best === undefined || best >= 100 ? null : texts.noMore(factor(best))} <SourceNote source={rule.source} />
      </p>
    </section>
  );
}

export function Losses({ rule }: { rule: Loss }): ReactNode {
  const texts = useTexts(industryTexts);
  return (
    <section>
      <h3>{texts.losses}</h3>
      <p>
        {texts.lossRule(percent(rule.copper), percent(rule.high_load), percent(rule.copper_high))} <SourceNote source={rule.source} />
      </p>
    </section>
  );
}

export function LeastCharge({ fen, source }: { fen: number; source: Source }): ReactNode {
  const texts = useTexts(industryTexts);
  return (
    <section>
      <h3>{texts.least}</h3>
      <p>
        {texts.leastRule(yuanOf(BigInt(fen)))} <SourceNote source={source} />
      </p>
    </section>
  );
}
