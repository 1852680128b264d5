import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { Day, GoTo, PageState, useAsk, useTexts, useWords } from '@/ui';

import { packTexts } from './packTexts';

/** Price lists that wait for somebody's approval. */
export default function WaitingCard(): ReactNode {
  const texts = useTexts(packTexts);
  const words = useWords();
  const packs = useAsk(['tariff-packs', 'newest'], () => api.GET('/api/tariff-packs', { params: { query: { limit: 50 } } }));
  return (
    <section className="panel">
      <header>
        <h2>{texts.waiting}</h2>
        <span className="stretch" />
        <GoTo to="/prices/packs">{texts.all}</GoTo>
      </header>
      <PageState of={packs}>
        {({ items }) => {
          const waiting = items.filter((pack) => pack.state === 'offered');
          return waiting.length === 0 ? (
            <p className="about">{texts.waitingNone}</p>
          ) : (
            <ul className="plain-list">
              {waiting.map((pack) => (
                <li key={pack.pack_no}>
                  <GoTo to="/prices/packs/$pack_no" params={{ pack_no: String(pack.pack_no) }}>
                    {words(pack.name)}
                  </GoTo>{' '}
                  {texts.startsOn} <Day value={pack.starts_on} /> · {pack.offered_by}
                </li>
              ))}
            </ul>
          );
        }}
      </PageState>
    </section>
  );
}
