import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';

import { api, ask } from '@/api/client';
import { useTexts, useWords } from '@/ui/language';

import './demonstration.css';
import { doorTexts } from './texts';

/** In the demonstration, the names of its accounts stand beside the form; their passwords nowhere. */
export function Demonstration({ onChosen }: { onChosen: (login: string) => void }): ReactNode {
  const texts = useTexts(doorTexts);
  const words = useWords();
  const { data } = useQuery({
    queryKey: ['demonstration'],
    queryFn: () => ask(api.GET('/api/demonstration')),
    retry: false,
    staleTime: Infinity,
  });
  if (data === undefined || data.accounts.length === 0) {
    return null;
  }
  return (
    <section className="demonstration" aria-label={texts.demonstration}>
      <h2>{texts.demonstration}</h2>
      <p>{texts.demonstrationHint}</p>
      <ul>
        {data.accounts.map((account) => (
          <li key={account.login}>
            <Button type="link" size="small" onClick={() => onChosen(account.login)}>
              {account.login}
            </Button>
            <span>{words(account)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
