import { Fragment, type ReactNode } from 'react';

import { useTexts, useWords } from '@/ui';
import { grouped } from '@/ui/figures';

import { addPrices, fourDecimals, kwhOf, surchargeOf, type Content, type Source } from './content';
import { pricesTexts, terms } from './texts';

/** A version of a tariff as a customer reads it. */
export function PriceList({ content }: { content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const word = useTerm();
  const { tiers, households, reliefs, funds, registers } = content;
  return (
    <div className="price-list">
      {tiers === null ? <Tiers content={content} limits={null} /> : null}
      {tiers?.limits.map((season) => (
        <Fragment key={season.months.join()}>
          {tiers.limits.length > 1 ? <h3>{texts.season(monthsOf(season.months))}</h3> : null}
          <Tiers content={content} limits={season.up_to} />
        </Fragment>
      ))}
      {tiers === null ? null : <p className="hint">{tiers.span === 'year' ? texts.yearHint : texts.monthHint}</p>}
      {registers.length > 1 ? <p className="hint">{texts.periodHint}</p> : null}
      <Rules title={texts.households} rules={households.map((rule) => ({ said: texts.household(rule.persons_from, kwhOf(rule.add_per_month)), source: rule.source }))} />
      <Rules
        title={texts.reliefs}
        rules={reliefs.map(({ concessions, grant, source }) => ({
          said: texts.ruleFor(
            concessions.map((one) => word(`concession.${one}`)),
            'amount' in grant ? texts.amount(grant.amount) : texts.freeEnergy(kwhOf(grant['free-energy'])),
          ),
          source,
        }))}
      />
      <Rules title={texts.funds} rules={funds.map(({ name, price, source }) => ({ said: texts.ruleFor([words(name)], texts.fund(price)), source }))} />
    </div>
  );
}

function Tiers({ content, limits }: { content: Content; limits: number[] | null }): ReactNode {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  const { tiers, bands, registers } = content;
  const rows = Array.from({ length: (limits?.length ?? 0) + 1 }, (_, at) => at + 1);
  const perMonth = (wh: number) => grouped(kwhOf(Math.round(wh / 12_000) * 1000));
  return (
    <div className="table-frame">
      <table className="data-table">
        <thead>
          <tr>
            {limits === null ? null : <th scope="col">{texts.tier}</th>}
            <th scope="col">{tiers?.span === 'year' ? texts.usageYear : texts.usageMonth}</th>
            {bands.map((band) =>
              registers.map((register) => (
                <th key={band.voltages.join() + register} scope="col" className="right">
                  {texts.unitPrice([bands.length > 1 ? band.voltages.join(' / ') : '', word(`register.${register}`)].filter(Boolean).join(' '))}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((tier) => {
            const low = tier === 1 ? '0' : grouped(kwhOf(limits?.[tier - 2] ?? 0));
            const high = limits?.[tier - 1];
            return (
              <tr key={tier}>
                {limits === null ? null : <th scope="row">{texts.tierName(tier)}</th>}
                <td>
                  {limits === null ? texts.whole : high === undefined ? texts.above(low) : texts.upTo(low, grouped(kwhOf(high)))}
                  {tiers?.span === 'year' && high !== undefined ? <span className="aside"> {texts.perMonth(perMonth(high))}</span> : null}
                </td>
                {bands.map((band) =>
                  band.energy.map(([register, price]) => (
                    <td key={band.voltages.join() + register} className="right figure strong">
                      {addPrices(fourDecimals(price), surchargeOf(tiers, tier, register))}
                    </td>
                  )),
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Rules({ title, rules }: { title: string; rules: { said: string; source: Source }[] }): ReactNode {
  return rules.length === 0 ? null : (
    <section>
      <h3>{title}</h3>
      <ul>
        {rules.map(({ said, source }) => (
          <li key={said}>
            {said} <SourceNote source={source} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where a figure comes from, and how well it is known. */
export function SourceNote({ source }: { source: Source }): ReactNode {
  const word = useTerm();
  const kind = { published: 'good', digest: 'info', assumed: 'warn', fictional: 'bad' }[source.mark] ?? '';
  return (
    <span className="source">
      {source.title} <span className={`tag ${kind}`}>{word(`mark.${source.mark}`)}</span>
    </span>
  );
}

/** The name of a word of the trade; the word itself where it is new. */
export function useTerm(): (word: string) => string {
  const texts: Record<string, string> = useTexts(terms);
  return (word) => texts[word] ?? word.slice(word.indexOf('.') + 1);
}

/** `1, 2, 3, 12` as `12–3`: months in a row, around the year. */
function monthsOf(months: number[]): string {
  const inside = new Set(months);
  const begins = months.filter((month) => !inside.has(((month + 10) % 12) + 1));
  const runs = begins.map((begin) => {
    let end = begin;
    while (inside.has((end % 12) + 1) && (end % 12) + 1 !== begin) {
      end = (end % 12) + 1;
    }
    return begin === end ? String(begin) : `${begin}–${end}`;
  });
  return runs.join('、') || '1–12';
}
