import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Money, grouped, useTexts, useWords } from '@/ui';

import { millionthsOf, percentOf } from './decimals';
import { FigureTable } from './FigureTable';
import { useTerm } from './terms';
import { pricesTexts } from './texts';

type Line = Schema<'Quote'>['lines'][number];

export function QuoteResult({ quote }: { quote: Schema<'Quote'> }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const word = useTerm();
  const nameOf = useLineName();
  const quantity = (line: Line) => `${grouped(line.quantity)} ${word(`unit.${line.unit}`)}${line.share == null ? '' : ` × ${line.share}`}`;
  const price = (line: Line) => (line.code === 'power-factor' ? `${percentOf(millionthsOf(line.price))}%` : line.price);
  return (
    <div className="quote" aria-live="polite">
      <p>
        {texts.total} <span className="quote-total"><Money value={quote.total} unit strong /></span>
      </p>
      <div className="columns">
        <FigureTable words={[texts.line]} figures={[texts.quantity, texts.price, texts.money]}>
          <tbody>
            {quote.lines.map((line, at) => (
              <tr key={at}>
                <td>{nameOf(line)}</td>
                <td className="right figure">{quantity(line)}</td>
                <td className="right figure">{price(line)}</td>
                <td className="right"><Money value={line.amount} /></td>
              </tr>
            ))}
          </tbody>
        </FigureTable>
        <details open>
          <summary>{texts.why}</summary>
          <ol className="steps">
            {quote.explanation.map((step, at) => (
              <li key={at}>{words(step)}</li>
            ))}
          </ol>
        </details>
      </div>
    </div>
  );
}

function useLineName(): (line: Line) => string {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  return ({ code, tier, register }) => {
    const period = register == null ? '' : word(`register.${register}`);
    if (code.startsWith('energy')) {
      return texts.energyLine(period);
    }
    const kind = code.split('.')[0];
    const name = kind === 'tier' ? texts.tierLine(tier ?? 0) : word(`line.${kind === 'relief' ? kind : code}`);
    return period === '' ? name : `${name} · ${period}`;
  };
}
