import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { GoTo, PageState, grouped, monthAfter, today, useAsk, useTexts } from '@/ui';

import { billingTexts } from './texts';

/** How far last month's billing is, on the start page. */
export default function MonthCard(): ReactNode {
  const texts = useTexts(billingTexts);
  const month = monthAfter(today().slice(0, 7), -1);
  const books = useAsk(['billing', 'progress', month], () => api.GET('/api/billing-runs/{cycle}/progress', { params: { path: { cycle: month } } }));
  return (
    <section className="panel">
      <header>
        <h2>
          {texts.cardTitle} {month}
        </h2>
        <span className="stretch" />
        <GoTo to="/billing">{texts.cardOpen}</GoTo>
      </header>
      <PageState of={books}>
        {(books) => {
          const sum = (pick: (book: (typeof books)[number]) => number) => grouped(String(books.reduce((all, book) => all + pick(book), 0)));
          return (
            <dl className="facts">
              <dt>{texts.accounts}</dt>
              <dd className="figure">{sum(({ accounts }) => accounts)}</dd>
              <dt>{texts.issuedLegend}</dt>
              <dd className="figure">{sum(({ issued }) => issued)}</dd>
              <dt>{texts.readyLegend}</dt>
              <dd className="figure">{sum(({ ready }) => ready)}</dd>
              <dt>{texts.blockedLegend}</dt>
              <dd className="figure">{sum(({ blocked }) => blocked)}</dd>
              <dt>{texts.cardUntried}</dt>
              <dd className="figure">{sum(({ untried }) => untried)}</dd>
            </dl>
          );
        }}
      </PageState>
    </section>
  );
}
