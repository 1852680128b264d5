import { useEffect, type ReactNode } from 'react';

import { LanguageButton } from './LanguageButton';

/** The card before the pages: signing in, and changing a one-time password. */
export function Door({ title, about, children }: { title: string; about?: string | undefined; children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · Gridhall`;
  }, [title]);
  return (
    <main className="door">
      <div className="card">
        <h1>
          <img src="/favicon.svg" alt="" width={28} height={28} />
          Gridhall
        </h1>
        <p className="about">{about ?? title}</p>
        {children}
        <div className="foot">
          <LanguageButton />
        </div>
      </div>
    </main>
  );
}
