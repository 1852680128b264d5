import { createRootRouteWithContext, createRoute, createRouter } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, type ReactNode } from 'react';

import { pages, type Page } from '@/pages/registry';
import { GoTo } from '@/ui/going';
import { useTexts, useWords } from '@/ui/language';
import { PageHead } from '@/ui/PageHead';
import { Loading, NoRight, ProblemNote } from '@/ui/PageState';
import { commonTexts } from '@/ui/texts';
import { Problem } from '@/api/problem';

import { Shell } from './Shell';
import { useRights } from './session';

type Context = { signOut: () => void };

const root = createRootRouteWithContext<Context>()({
  component: function Frame() {
    const { signOut } = root.useRouteContext();
    return <Shell onSignOut={signOut} />;
  },
  notFoundComponent: NotFound,
  errorComponent: Broken,
});

function routeOf(page: Page) {
  const Content = lazy(page.load);
  return createRoute({
    getParentRoute: () => root,
    path: page.path,
    component: () => (
      <Guarded page={page}>
        <Suspense fallback={<Loading />}>
          <Content />
        </Suspense>
      </Guarded>
    ),
    errorComponent: Broken,
  });
}

/** The server refuses all the same; here it is only said in time. */
function Guarded({ page, children }: { page: Page; children: ReactNode }): ReactNode {
  const rights = useRights();
  const words = useWords();
  const title = words(page.title);
  useEffect(() => {
    document.title = `${title} · Gridhall`;
  }, [title]);
  if (rights.hasOne(page.needs)) {
    return children;
  }
  return (
    <>
      <PageHead title={title} />
      <NoRight />
    </>
  );
}

function NotFound(): ReactNode {
  const texts = useTexts(commonTexts);
  return (
    <div className="state">
      <h1>{texts.notFound}</h1>
      <p>{texts.notFoundHint}</p>
      <GoTo to="/">{texts.home}</GoTo>
    </div>
  );
}

/** A fault of a page itself. After an update the browser may hold a page whose parts are gone: loading again helps. */
function Broken({ error }: { error: unknown }): ReactNode {
  const words = { zh: '页面出错了，请重试；仍不行请联系系统管理员', en: 'this page has failed; try again, and tell the administrator if it stays' };
  const problem = error instanceof Problem ? error : new Problem({ code: `page.failed (${String(error).slice(0, 120)})`, status: 500, words });
  return <ProblemNote problem={problem} onRetry={() => window.location.reload()} />;
}

export const router = createRouter({
  routeTree: root.addChildren(pages.map(routeOf)),
  context: { signOut: () => undefined },
  // Texts stay texts: a supply number with leading zeros is no number.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const told = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const query = new URLSearchParams(told.map(([key, value]) => [key, String(value)])).toString();
    return query === '' ? '' : `?${query}`;
  },
  defaultPreload: 'intent',
});
