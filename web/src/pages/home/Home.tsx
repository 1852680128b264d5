import { Suspense, lazy, type ReactNode } from 'react';

import { Empty, GoTo, Loading, PageHead, useTexts, useWords } from '@/ui';
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
        <section className="panel">
          <h2>{texts.pages}</h2>
          <div className="home-pages">
            {Object.entries(GROUPS).map(([group, name]) => {
              const inGroup = open.filter((page) => page.nav?.group === group);
              return inGroup.length === 0 ? null : (
                <div key={group}>
                  <h3>{words(name)}</h3>
                  {inGroup.map((page) => (
                    <GoTo key={page.path} to={page.path}>
                      {words(page.title)}
                    </GoTo>
                  ))}
                </div>
              );
            })}
          </div>
        </section>
      )}
    </>
  );
}
