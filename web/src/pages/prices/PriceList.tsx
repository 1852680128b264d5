import type { ReactNode } from 'react';

import { useTexts, useWords } from '@/ui';

import type { Content, Source } from './content';
import { kwhOf } from './decimals';
import { EnergyPrices } from './EnergyPrices';
import { HoursOfDay } from './HoursOfDay';
import { BasicCharge, Compositions, LeastCharge, Losses, PowerFactorSteps } from './industry';
import { SourceNote, useTerm } from './terms';
import { pricesTexts } from './texts';

/** A version of a tariff as a customer reads it. */
export function PriceList({ content }: { content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const word = useTerm();
  const { households, reliefs, funds, registers, periods, basic, power_factor, loss, least } = content;
  return (
    <div className="price-list">
      <EnergyPrices content={content} />
      {registers.length > 1 && periods === undefined ? <p className="hint">{texts.periodHint}</p> : null}
      {periods === undefined ? null : <HoursOfDay layers={periods} source={content.source} />}
      <Compositions content={content} />
      {basic === undefined ? null : <BasicCharge basic={basic} />}
      {power_factor === undefined ? null : <PowerFactorSteps rule={power_factor} />}
      {loss === undefined ? null : <Losses rule={loss} />}
      {least === undefined ? null : <LeastCharge fen={least.per_month} source={least.source} />}
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
