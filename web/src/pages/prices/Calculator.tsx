import { Button, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, type Schema } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';
import { FigureInput, MonthInput } from '@/forms/inputs';
import { Field, Money, ProblemNote, grouped, today, useTexts, useWords } from '@/ui';

import { type Content } from './content';
import { useTerm } from './PriceList';
import { pricesTexts } from './texts';

type Quote = Schema<'Quote'>;

/** What would so many kWh cost? Enter calculates. */
export function Calculator({ code, content }: { code: string; content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const word = useTerm();
  const [usage, setUsage] = useState<Record<string, string>>({});
  const [cycle, setCycle] = useState<string | null>(today().slice(0, 7));
  const [before, setBefore] = useState('');
  const [persons, setPersons] = useState('');
  const [concession, setConcession] = useState('');
  const voltages = content.bands.flatMap((band) => band.voltages);
  const [voltage, setVoltage] = useState(voltages[0] ?? '0.22kV');
  const [quote, setQuote] = useState<Quote | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const at = (field: string) => (problem?.field === field ? words(problem.words) : undefined);
  const places = ['cycle', 'persons', 'year_to_date', 'voltage', 'concession', ...content.registers.map((register) => `usage.${register}`)];
  const isYearly = content.tiers?.span === 'year';

  async function calculate(): Promise<void> {
    setProblem(null);
    const registers = content.registers.map((register) => [register, usage[register] === undefined || usage[register] === '' ? '0' : usage[register]]);
    const body: Schema<'QuoteCase'> = {
      tariff: code,
      cycle: cycle ?? '',
      usage: Object.fromEntries(registers) as Record<string, string>,
      voltage,
      ...(before === '' ? {} : { year_to_date: before }),
      ...(persons === '' ? {} : { persons: Number.parseInt(persons, 10) }),
      ...(concession === '' ? {} : { concession }),
    };
    try {
      setQuote(await ask(api.POST('/api/quote', { body })));
    } catch (error) {
      setQuote(null);
      setProblem(asProblem(error));
    }
  }

  return (
    <section className="panel">
      <header>
        <h2>{texts.calculator}</h2>
        <span className="about">{texts.calculatorHint}</span>
      </header>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          void calculate();
        }}
      >
        {content.registers.map((register, index) => (
          <Field key={register} label={texts.usage(register === 'total' ? '' : word(`register.${register}`))} width={130} error={at(`usage.${register}`) ?? (index === 0 ? at('usage') : undefined)}>
            <FigureInput value={usage[register] ?? ''} suffix="kWh" placeholder={index === 0 ? '300' : '0'} onChange={(value) => setUsage({ ...usage, [register]: value })} />
          </Field>
        ))}
        <Field label={texts.month} width={120} error={at('cycle')}>
          <MonthInput value={cycle} onChange={setCycle} allowClear={false} />
        </Field>
        {isYearly ? (
          <Field label={texts.before} width={140} error={at('year_to_date')}>
            <FigureInput value={before} suffix="kWh" placeholder="0" onChange={setBefore} />
          </Field>
        ) : null}
        {content.households.length > 0 ? (
          <Field label={texts.persons} width={80} error={at('persons')}>
            <FigureInput value={persons} decimals={0} onChange={setPersons} />
          </Field>
        ) : null}
        {content.reliefs.length > 0 ? (
          <Field label={texts.concession} width={150} error={at('concession')}>
            <Select
              value={concession}
              onChange={setConcession}
              options={[
                { value: '', label: texts.none },
                ...[...new Set(content.reliefs.flatMap((relief) => relief.concessions))].map((one) => ({ value: one, label: word(`concession.${one}`) })),
              ]}
            />
          </Field>
        ) : null}
        {content.bands.length > 1 ? (
          <Field label={texts.voltage} width={100} error={at('voltage')}>
            <Select value={voltage} onChange={setVoltage} options={voltages.map((one) => ({ value: one, label: one }))} />
          </Field>
        ) : null}
        <Button type="primary" htmlType="submit">
          {texts.calculate}
        </Button>
      </form>
      {problem === null || places.includes(problem.field ?? '') || problem.field === 'usage' ? null : <ProblemNote problem={problem} />}
      {quote === null ? null : <Result quote={quote} />}
    </section>
  );
}

function Result({ quote }: { quote: Quote }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const word = useTerm();
  const name = (line: Quote['lines'][number]) => {
    if (line.tier != null && line.tier > 1) {
      return `${texts.tierLine(line.tier)}${line.register == null || line.register === 'total' ? '' : ` · ${word(`register.${line.register}`)}`}`;
    }
    return line.code.startsWith('energy') ? texts.energyLine(line.register == null ? '' : word(`register.${line.register}`)) : line.code;
  };
  return (
    <div className="quote" aria-live="polite">
      <p>
        {texts.total} <span className="quote-total"><Money value={quote.total} unit strong /></span>
      </p>
      <div className="columns">
        <div className="table-frame">
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{texts.line}</th>
                <th scope="col" className="right">{texts.quantity}</th>
                <th scope="col" className="right">{texts.price}</th>
                <th scope="col" className="right">{texts.money}</th>
              </tr>
            </thead>
            <tbody>
              {quote.lines.map((line, at) => (
                <tr key={at}>
                  <td>{name(line)}</td>
                  <td className="right figure">{`${grouped(line.quantity)} ${line.unit}`}</td>
                  <td className="right figure">{line.price}</td>
                  <td className="right"><Money value={line.amount} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
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

