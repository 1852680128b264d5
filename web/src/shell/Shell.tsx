import { HomeOutlined, MenuFoldOutlined, MenuUnfoldOutlined, UserOutlined } from '@ant-design/icons';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Dropdown } from 'antd';
import { Suspense, lazy, useEffect, useRef, useState, type ReactNode } from 'react';

import { GROUPS, globalSearch, pages, type Page } from '@/pages/registry';
import { useGo } from '@/ui/going';
import { Keys, useHotkeys } from '@/ui/hotkeys';
import { useTexts, useWords } from '@/ui/language';

import { Ailing } from './Ailing';
import { KeyHelp } from './KeyHelp';
import { LanguageButton } from './LanguageButton';
import { useRights, useSession } from './session';
import { shellTexts } from './texts';

const NARROW = '(max-width: 1100px)';
const PHONE = '(max-width: 640px)';
const Search = globalSearch === undefined ? null : lazy(globalSearch);

/** The frame around every page: who, where to, and the search. */
export function Shell({ onSignOut }: { onSignOut: () => void }): ReactNode {
  const texts = useTexts(shellTexts);
  const [isNarrow, setNarrow] = useNarrow();
  const [isHelping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);
  useGlobalKeys(() => setHelping((open) => !open));
  useFocusOnPage(main);
  useFoldedAfter(() => setNarrow(true));
  return (
    <div className={`shell${isNarrow ? ' narrow' : ''}`}>
      <a className="skip" href="#main">
        {texts.skip}
      </a>
      <header className="shell-head">
        <button type="button" className="plain" aria-label={isNarrow ? texts.unfold : texts.fold} onClick={() => setNarrow(!isNarrow)}>
          {isNarrow ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
        </button>
        <Link to="/" className="brand" aria-label="Gridhall">
          <img src="/favicon.svg" alt="" width={24} height={24} />
          <span className="name">Gridhall</span>
        </Link>
        <div className="search-slot" role="search">
          {Search === null ? null : (
            <Suspense>
              <Search />
            </Suspense>
          )}
        </div>
        <span className="stretch" />
        <Person onSignOut={onSignOut} />
        <button type="button" className="plain for-keys" aria-label={texts.help} title={`${texts.help} (?)`} onClick={() => setHelping(true)}>
          ?
        </button>
        <LanguageButton />
      </header>
      <Navigation isNarrow={isNarrow} />
      <main id="main" className="shell-main" ref={main} tabIndex={-1}>
        <Ailing />
        <Outlet />
      </main>
      <KeyHelp isOpen={isHelping} onClose={() => setHelping(false)} />
    </div>
  );
}

function Navigation({ isNarrow }: { isNarrow: boolean }): ReactNode {
  const texts = useTexts(shellTexts);
  const words = useWords();
  const open = useOpenPages();
  const path = useRouterState({ select: (state) => state.location.pathname });
  // The page whose path is the longest beginning of where one is: a page below a page marks the lower.
  const within = open.filter((page) => path === page.path || path.startsWith(`${page.path}/`));
  const current = within.toSorted((a, b) => b.path.length - a.path.length)[0];
  return (
    <nav className="shell-nav" aria-label={texts.navigation}>
      <ul>
        <li>
          <Link to="/" className={path === '/' ? 'current' : undefined} title={isNarrow ? texts.home : undefined} aria-label={texts.home}>
            <HomeOutlined />
            <span className="name">{texts.home}</span>
          </Link>
        </li>
      </ul>
      {Object.entries(GROUPS).map(([group, name]) => {
        const inGroup = open.filter((page) => page.nav?.group === group).toSorted((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));
        return inGroup.length === 0 ? null : (
          <section key={group}>
            <h2>{words(name)}</h2>
            <ul>
              {inGroup.map((page) => (
                <li key={page.path}>
                  <NavLink page={page} isNarrow={isNarrow} isCurrent={page === current} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}

function NavLink({ page, isNarrow, isCurrent }: { page: Page; isNarrow: boolean; isCurrent: boolean }): ReactNode {
  const words = useWords();
  const Icon = page.nav?.icon;
  const title = words(page.title);
  return (
    <Link to={page.path} title={isNarrow ? title : undefined} aria-label={title} className={isCurrent ? 'current' : undefined}>
      {Icon === undefined ? null : <Icon />}
      <span className="name">{title}</span>
      {page.nav?.key === undefined ? null : <Keys keys={`g ${page.nav.key}`} />}
    </Link>
  );
}

function Person({ onSignOut }: { onSignOut: () => void }): ReactNode {
  const texts = useTexts(shellTexts);
  const words = useWords();
  const session = useSession();
  const go = useGo();
  const posts = session.posts.map(({ name, unit }) => `${words(name)} · ${unit === 'bureau' ? texts.wholeBureau : unit}`);
  const hasAccount = pages.some((page) => page.path === '/account');
  const items = [
    ...posts.map((label, at) => ({ key: `post${at}`, label, disabled: true })),
    { type: 'divider' as const },
    ...(hasAccount ? [{ key: 'account', label: texts.changePassword, onClick: () => go({ to: '/account' }) }] : []),
    { key: 'out', label: texts.signOut, onClick: onSignOut },
  ];
  return (
    <>
      <span className="scope minor" title={posts.join('\n')}>
        {posts.join('，')}
      </span>
      <Dropdown menu={{ items }} trigger={['click']}>
        <button type="button" className="plain" aria-label={`${texts.person} ${session.login}`} aria-haspopup="menu">
          <UserOutlined /> <span className="name">{session.login}</span>
        </button>
      </Dropdown>
    </>
  );
}

function useOpenPages(): readonly Page[] {
  const rights = useRights();
  return pages.filter((page) => page.nav !== undefined && rights.hasOne(page.needs));
}

function useGlobalKeys(toggleHelp: () => void): void {
  const texts = useTexts(shellTexts);
  const words = useWords();
  const go = useGo();
  const goings = useOpenPages().flatMap((page) =>
    page.nav?.key === undefined
      ? []
      : [{ keys: `g ${page.nav.key}`, does: texts.goTo(words(page.title)), run: () => go({ to: page.path }) }],
  );
  useHotkeys(texts.everywhere, [
    { keys: '?', does: texts.help, run: toggleHelp },
    { keys: '/', does: texts.searchFocus, run: focusSearch, off: Search === null },
    { keys: 'ctrl+k', does: texts.searchFocus, run: focusSearch, off: Search === null, hidden: true },
    { keys: 'g h', does: texts.goTo(texts.home), run: () => go({ to: '/' }) },
    ...goings,
  ]);
}

function focusSearch(): void {
  const input = document.querySelector<HTMLInputElement>('.search-slot input');
  input?.focus();
  input?.select();
}

/** Screen readers go on with the new page, unless it has put the focus somewhere itself. */
function useFocusOnPage(main: React.RefObject<HTMLElement | null>): void {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    const hasOwn = main.current?.contains(document.activeElement) === true && document.activeElement !== main.current;
    if (!hasOwn) {
      main.current?.focus({ preventScroll: true });
    }
  }, [path, main]);
}

/** On a phone the navigation lies over the page: whoever has gone somewhere wants to see the page. */
function useFoldedAfter(fold: () => void): void {
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    if (window.matchMedia(PHONE).matches) {
      fold();
    }
  }, [path]);
}

function useNarrow(): [boolean, (narrow: boolean) => void] {
  const [isNarrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const media = window.matchMedia(NARROW);
    const follow = () => setNarrow(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return [isNarrow, setNarrow];
}
