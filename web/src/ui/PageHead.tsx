import { useEffect, type ReactNode } from 'react';

/** The head of a page: its name, what it is about just now, and what can be done. */
export function PageHead({ title, about, children }: { title: string; about?: ReactNode; children?: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · Gridhall`;
  }, [title]);
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {about === undefined ? null : <span className="about">{about}</span>}
      <span className="stretch" />
      {children}
    </div>
  );
}
