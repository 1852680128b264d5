import { Button, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, type Schema } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';
import { FigureInput, MonthInput } from '@/forms/inputs';
import { Field, ProblemNote, today, useTexts, useWords } from '@/ui';

import { voltagesOf, type Content } from './content';
import { supplyTexts } from './industryTexts';
import { caseOf, fieldsOf, type Form, type Typed } from './quoteCase';
import { QuoteResult } from './QuoteResult';
import { Figure, LossFields, SupplyFields } from './SupplyFields';
import { useTerm } from './terms';
import { pricesTexts } from './texts';

/** What would so many kWh cost? Enter calculates. */
export function Calculator({ code, content }: { code: string; content: Content }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const voltages = voltagesOf(content);
  const [typed, setTyped] = useState<Typed>({ cycle: today().slice(0, 7), voltage: voltages.all[0], demand_mode: 'capacity', 'loss.side': 'low' });
  const [quote, setQuote] = useState<Schema<'Quote'> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const fields = fieldsOf(content, typed);
  const form: Form = {
    typed,
    has: (field) => fields.has(field),
    // What is being put may be older than what was put last.
    put: (field) => (value) => setTyped((known) => ({ ...known, [field]: value })),
    at: (field) => (problem?.field === field ? words(problem.words) : undefined),
  };
  const hasPlace = problem?.field === 'usage' || fields.has(problem?.field ?? '');
  const isLong = form.has('capacity_kva') || form.has('kvarh');

  async function calculate(): Promise<void> {
    setProblem(null);
    try {
      setQuote(await ask(api.POST('/api/quote', { body: caseOf(code, content, typed) })));
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
        className={isLong ? 'calculator' : 'calculator one-row'}
        onSubmit={(event) => {
          event.preventDefault();
          void calculate();
        }}
      >
        <UseFields registers={content.registers} form={form} />
        <CustomerFields content={content} voltages={voltages.all} form={form} />
        <SupplyFields form={form} />
        <LossFields form={form} />
        <div className="row">
          <Button type="primary" htmlType="submit">
            {texts.calculate}
          </Button>
        </div>
      </form>
      {problem === null || hasPlace ? null : <ProblemNote problem={problem} />}
      {quote === null ? null : <QuoteResult quote={quote} />}
    </section>
  );
}

function UseFields({ registers, form }: { registers: string[]; form: Form }): ReactNode {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  return (
    <div className="row">
      {registers.map((register, index) => (
        <Field
          key={register}
          label={texts.usage(register === 'total' ? '' : word(`register.${register}`))}
          width={130}
          error={form.at(`usage.${register}`) ?? (index === 0 ? form.at('usage') : undefined)}
        >
          <FigureInput value={form.typed[`usage.${register}`] ?? ''} suffix="kWh" placeholder={index === 0 ? '300' : '0'} onChange={form.put(`usage.${register}`)} />
        </Field>
      ))}
    </div>
  );
}

function CustomerFields({ content, voltages, form }: { content: Content; voltages: string[]; form: Form }): ReactNode {
  const texts = useTexts(pricesTexts);
  const supply = useTexts(supplyTexts);
  const word = useTerm();
  const { typed, has, put, at } = form;
  return (
    <div className="row">
      <Field label={texts.month} width={120} error={at('cycle')}>
        <MonthInput value={typed.cycle ?? null} onChange={(month) => put('cycle')(month ?? '')} allowClear={false} />
      </Field>
      <Figure form={form} field="days" label={supply.days} unit="" decimals={0} width={100} />
      <Figure form={form} field="year_to_date" label={texts.before} unit="kWh" placeholder="0" />
      <Figure form={form} field="persons" label={texts.persons} unit="" decimals={0} width={80} />
      {has('concession') ? (
        <Field label={texts.concession} width={150} error={at('concession')}>
          <Select
            value={typed.concession ?? ''}
            onChange={put('concession')}
            options={[
              { value: '', label: texts.none },
              ...[...new Set(content.reliefs.flatMap((relief) => relief.concessions))].map((one) => ({ value: one, label: word(`concession.${one}`) })),
            ]}
          />
        </Field>
      ) : null}
      {has('voltage') ? (
        <Field label={texts.voltage} width={100} error={at('voltage')}>
          <Select value={typed.voltage ?? ''} onChange={put('voltage')} options={voltages.map((one) => ({ value: one, label: one }))} />
        </Field>
      ) : null}
    </div>
  );
}
