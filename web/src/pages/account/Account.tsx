import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, sessionLost, type Schema } from '@/api/client';
import { asProblem } from '@/api/problem';
import { ChangePassword } from '@/shell/ChangePassword';
import { rightName } from '@/shell/rights';
import { useSession } from '@/shell/session';
import { DataTable, Instant, PageHead, PageState, useAsk, useSay, useTexts, useWords, type Column } from '@/ui';

import { accountTexts } from './texts';

type Session = Schema<'SessionShown'>;
type Right = Schema<'Right'>;

/** One's own password, sessions, and what one may do. */
export default function Account(): ReactNode {
  const texts = useTexts(accountTexts);
  const session = useSession();
  const say = useSay();
  const queries = useQueryClient();
  const [turn, setTurn] = useState(0);
  return (
    <>
      <PageHead title={texts.title} about={session.login} />
      <div className="columns">
        <section className="panel">
          <header>
            <h2>{texts.password}</h2>
          </header>
          <ChangePassword
            key={turn}
            onChanged={() => {
              setTurn(turn + 1);
              say.done(texts.passwordChanged);
              void queries.invalidateQueries({ queryKey: ['own-sessions'] });
            }}
          />
        </section>
        <Rights />
      </div>
      <Sessions />
    </>
  );
}

function Sessions(): ReactNode {
  const texts = useTexts(accountTexts);
  const say = useSay();
  const sessions = useAsk(['own-sessions'], () => api.GET('/api/sessions'));
  const [isAsking, setAsking] = useState(false);
  const [ending, setEnding] = useState<string>();

  async function end(id: string): Promise<void> {
    setEnding(id);
    try {
      await ask(api.DELETE('/api/sessions/{id}', { params: { path: { id } } }));
      say.done(texts.ended);
    } catch (error) {
      say.problem(asProblem(error));
    } finally {
      setEnding(undefined);
      void sessions.refetch();
    }
  }

  async function endAll(): Promise<void> {
    setEnding('all');
    try {
      await ask(api.DELETE('/api/sessions'));
      sessionLost.tell();
    } catch (error) {
      say.problem(asProblem(error));
      setEnding(undefined);
    }
  }

  const columns: readonly Column<Session>[] = [
    {
      key: 'begun',
      title: texts.begun,
      show: (row) => (
        <>
          <Instant value={row.begun_at} /> {row.is_this ? <span className="tag good">{texts.thisOne}</span> : null}
        </>
      ),
    },
    { key: 'ends', title: texts.ends, show: (row) => <Instant value={row.ends_at} />, minor: true },
    { key: 'from', title: texts.from, show: (row) => row.peer ?? texts.unknown },
    { key: 'agent', title: texts.agent, show: (row) => <span className="quiet">{row.agent ?? texts.unknown}</span>, minor: true },
    {
      key: 'end',
      title: <span className="unseen">{texts.end}</span>,
      show: (row) =>
        row.is_this || row.id == null ? null : (
          <Button size="small" loading={ending === row.id} onClick={() => void end(row.id ?? '')}>
            {texts.end}
          </Button>
        ),
      align: 'right',
    },
  ];
  return (
    <section className="panel">
      <header>
        <h2>{texts.sessions}</h2>
        <span className="stretch" />
        {isAsking ? (
          <span className="row">
            <span>{texts.everywhereHint}</span>
            <Button size="small" danger autoFocus loading={ending === 'all'} onClick={() => void endAll()}>
              {texts.confirm}
            </Button>
            <Button size="small" onClick={() => setAsking(false)}>
              {texts.cancel}
            </Button>
          </span>
        ) : (
          <Button size="small" onClick={() => setAsking(true)}>
            {texts.everywhere}
          </Button>
        )}
      </header>
      <p className="quiet">{texts.sessionsAbout}</p>
      <PageState of={sessions}>
        {(list) => <DataTable label={texts.sessions} columns={columns} rows={list} rowKey={(row) => row.id ?? row.begun_at} />}
      </PageState>
    </section>
  );
}

/** What one's posts allow, and where. */
function Rights(): ReactNode {
  const texts = useTexts(accountTexts);
  const words = useWords();
  const session = useSession();
  const columns: readonly Column<Right>[] = [
    { key: 'right', title: texts.rights, show: (row) => <span title={row.right}>{words(rightName(row.right))}</span> },
    { key: 'reach', title: texts.reach, show: (row) => (row.stations == null ? texts.bureau : row.stations.join('，')) },
  ];
  return (
    <section className="panel">
      <header>
        <h2>{texts.posts}</h2>
      </header>
      <p>{session.posts.map((post) => `${words(post.name)} · ${post.unit === 'bureau' ? texts.bureau : post.unit}`).join('，')}</p>
      <DataTable label={texts.rights} columns={columns} rows={session.rights} rowKey={(row) => `${row.right} ${row.stations?.join(' ') ?? ''}`} height={260} />
    </section>
  );
}
