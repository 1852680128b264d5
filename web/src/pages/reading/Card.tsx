import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { GoTo, PageState, useAsk, useTexts } from '@/ui';

import { readingTexts } from './texts';
import { lastMonth } from './work';

/** What waits for a decision in the month that bills are made of. */
export default function Card(): ReactNode {
  const texts = useTexts(readingTexts);
  const month = lastMonth();
  const books = useAsk(['reading-card', month], () =>
    api.GET('/api/reading-months/{month}/books', { params: { path: { month }, query: { limit: 200 } } }),
  );
  return (
    <section className="panel">
      <header>
        <h2>
          {texts.card} <span className="figure">{month}</span>
        </h2>
      </header>
      <PageState of={books}>
        {({ items }) => {
          const undecided = items.reduce((sum, book) => sum + book.undecided, 0);
          const missing = items.reduce((sum, book) => sum + book.missing, 0);
          return undecided + missing === 0 ? (
            <p>{texts.cardDone}</p>
          ) : (
            <ul className="plain">
              {undecided === 0 ? null : (
                <li>
                  <GoTo to="/reading/doubtful">{texts.cardUndecided(undecided)}</GoTo>
                </li>
              )}
              {missing === 0 ? null : (
                <li>
                  <GoTo to="/reading/missing">{texts.cardMissing(missing)}</GoTo>
                </li>
              )}
            </ul>
          );
        }}
      </PageState>
    </section>
  );
}
