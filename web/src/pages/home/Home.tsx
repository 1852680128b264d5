import { Suspense, lazy, type ReactNode } from 'react';

import { Empty, GoTo, Keys, Loading, PageHead, useTexts, useWords } from '@/ui';
import { useRights, useSession } from '@/shell/session';

import { GROUPS, cards, pages } from '../registry';
import './home.css';
import { homeTexts } from './texts';

const parts = cards.map((card) => ({ ...card, Part: lazy(card.load) }));

/** What each area has for the person today; then all pages that are open to him. */
export default function Home(): ReactNode {
  const texts = useTexts(homeTexts);
  const words = useWords();
  const session = useSession();
  const rights = useRights();
  const mine = parts.filter((card) => rights.hasOne(card.needs));
  const open = pages.filter((page) => page.nav !== undefined && rights.hasOne(page.needs));
  return (
    <>
      <PageHead title={texts.title} about={session.posts.map((post) => words(post.name)).join('，')} />
      {session.posts.length === 0 ? (
        <Empty>
          <h2>{texts.noPost}</h2>
          <p>{texts.noPostHint}</p>
        </Empty>
      ) : null}
      <div className="columns">
        {mine.map(({ Part }, at) => (
          <Suspense key={at} fallback={<Loading />}>
            <Part />
          </Suspense>
        ))}
      </div>
      {open.length === 0 ? null : (
        <section className="home-pages" aria-label={texts.pages}>
          {Object.entries(GROUPS).map(([group, name]) => {
            const inGroup = open.filter((page) => page.nav?.group === group).toSorted((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));
            return inGroup.length === 0 ? null : (
              <section key={group} className="panel">
                <h2>{words(name)}</h2>
                <ul>
                  {inGroup.map((page) => (
                    <li key={page.path}>
                      <GoTo to={page.path}>
                        {page.nav === undefined ? null : <page.nav.icon />}
                        <span>{words(page.title)}</span>
                        {page.nav?.key === undefined ? null : <Keys keys={`g ${page.nav.key}`} />}
                      </GoTo>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </section>
      )}
    </>
  );
}
