import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { useTexts } from '@/ui';

import { peopleTexts } from './texts';

export type Once = { login: string; password: string };

/** A one-time password, in full and in large letters, until it has been told. */
export function OncePassword({ once, onSeen }: { once: Once; onSeen: () => void }): ReactNode {
  const texts = useTexts(peopleTexts);
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(once.password).then(() => setCopied(true));
  };
  return (
    <section className="panel once" role="alert">
      <h2>{texts.onceFor(once.login)}</h2>
      <p>{texts.once}</p>
      <p>
        <output className="secret">{once.password}</output>
      </p>
      <div className="row">
        <Button onClick={copy}>{isCopied ? texts.copied : texts.copy}</Button>
        <Button type="primary" autoFocus onClick={onSeen}>
          {texts.seen}
        </Button>
      </div>
    </section>
  );
}
