import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useEffect, useMemo, useState, type ReactNode } from 'react';

import { api, ask, sessionLost } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useLanguage, useTexts } from '@/ui/language';
import { Loading, ProblemNote } from '@/ui/PageState';
import { theme } from '@/ui/theme';

import { ChangePassword } from './ChangePassword';
import { Door } from './Door';
import { SignIn } from './SignIn';
import { router } from './routes';
import { SessionContext, type Session } from './session';
import { doorTexts } from './texts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // A refusal will be the same the next time; only what may pass by itself is tried again.
      retry: (count, error) => asProblem(error).isOpen && count < 2,
    },
  },
});

export function App(): ReactNode {
  const language = useLanguage();
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
  return (
    <ConfigProvider locale={language === 'zh' ? zhCN : enUS} theme={theme} button={{ autoInsertSpace: false }}>
      <AntApp>
        <QueryClientProvider client={queries}>
          <Entrance />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}

/** Nobody: the door. Somebody with a one-time password: a new one first. Else the pages. */
function Entrance(): ReactNode {
  const client = useQueryClient();
  const texts = useTexts(doorTexts);
  const [hasEnded, setEnded] = useState(false);
  const session = useQuery({ queryKey: ['session'], queryFn: whoAmI, staleTime: Infinity });
  useEffect(() => sessionLost.listen(() => setEnded(true)), []);

  async function signedIn(): Promise<void> {
    const before = session.data?.login;
    const now = await client.fetchQuery({ queryKey: ['session'], queryFn: whoAmI, staleTime: 0 });
    setEnded(false);
    if (before !== undefined && before === now?.login) {
      void client.invalidateQueries();
    } else {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    }
  }

  async function signOut(): Promise<void> {
    try {
      await ask(api.DELETE('/api/session'));
    } catch {
      // Whoever is not signed in has nothing to end; without a connection the cookie stays, and the next page says so.
    }
    client.clear();
    sessionStorage.clear();
    window.location.assign('/');
  }

  if (session.isPending) {
    return <Loading />;
  }
  if (session.error !== null && session.data === undefined) {
    return <ProblemNote problem={asProblem(session.error)} onRetry={session.refetch} />;
  }
  if (session.data == null) {
    return <SignIn onSignedIn={() => void signedIn()} />;
  }
  if (session.data.must_change && !hasEnded) {
    return (
      <Door title={texts.change} about={texts.mustChange}>
        <ChangePassword onChanged={() => void signedIn()} />
      </Door>
    );
  }
  return (
    <>
      {hasEnded ? <SignIn endedFor={session.data.login} onSignedIn={() => void signedIn()} /> : null}
      <Inside session={session.data} isHidden={hasEnded} signOut={() => void signOut()} />
    </>
  );
}

/** The pages of one person. They are kept, unseen, while his session has ended. */
function Inside({ session, isHidden, signOut }: { session: Session; isHidden: boolean; signOut: () => void }): ReactNode {
  const context = useMemo(() => ({ signOut }), [signOut]);
  return (
    <SessionContext value={session}>
      <div hidden={isHidden} inert={isHidden} key={session.login}>
        <RouterProvider router={router} context={context} />
      </div>
    </SessionContext>
  );
}

/** The session, or null where there is none. */
async function whoAmI(): Promise<Session | null> {
  const { data, error, response } = await api.GET('/api/session').catch((error: unknown) => {
    throw asProblem(error);
  });
  if (response.status === 401) {
    return null;
  }
  return ask(Promise.resolve({ data, error, response })) as Promise<Session>;
}
