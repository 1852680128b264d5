import { Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ActButton, DataTable, Instant, PageHead, useAsk, usePages, useQueryState, useTexts, useWords, type Column } from '@/ui';

import { Create } from './Create';
import { Desk } from './Desk';
import { OncePassword, type Once } from './OncePassword';
import { peopleTexts } from './texts';

export type Person = Schema<'Person'>;

/** Everybody who may sign in; the chosen one beside the list. */
export default function People(): ReactNode {
  const texts = useTexts(peopleTexts);
  const [query, change] = useQueryState();
  const [isCreating, setCreating] = useState(false);
  const [once, setOnce] = useState<Once>();
  const q = query.q ?? '';
  const people = usePages(['people', q], (after) =>
    api.GET('/api/people', { params: { query: { limit: 100, ...(q === '' ? {} : { q }), ...(after === undefined ? {} : { after }) } } }),
  );
  const roles = useAsk(['roles'], () => api.GET('/api/roles'));
  const units = useAsk(['units'], () => api.GET('/api/units'));
  const chosen = people.rows.find((person) => person.login === query.login) ?? people.rows[0];
  const lists = { roles: roles.data ?? [], units: units.data ?? [] };
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        <ActButton does={texts.create} keys="n" type="primary" onAct={() => setCreating(true)} />
      </PageHead>
      {once === undefined ? null : <OncePassword once={once} onSeen={() => setOnce(undefined)} />}
      {isCreating ? (
        <Create
          {...lists}
          onCancel={() => setCreating(false)}
          onMade={(made) => {
            setCreating(false);
            setOnce(made);
            change({ login: made.login, q: undefined });
          }}
        />
      ) : null}
      <search className="row">
        <Input.Search
          key={q}
          aria-label={texts.find}
          placeholder={texts.find}
          defaultValue={q}
          allowClear
          style={{ width: 260 }}
          onSearch={(text) => change({ q: text.trim() === '' ? undefined : text.trim() })}
        />
      </search>
      <div className="workbench">
        <div>
          <DataTable
            label={texts.title}
            columns={useColumns()}
            rows={people}
            rowKey={(person) => person.login}
            chosen={chosen?.login}
            onChoose={(person) => change({ login: person.login })}
            rowClass={(person) => (person.disabled_at == null ? undefined : 'gone')}
            autoFocus
            empty={texts.none}
          />
        </div>
        {chosen === undefined ? null : <Desk key={chosen.login} person={chosen} {...lists} onReset={setOnce} />}
      </div>
    </>
  );
}

function useColumns(): readonly Column<Person>[] {
  const texts = useTexts(peopleTexts);
  const words = useWords();
  return [
    { key: 'login', title: texts.login, show: (person) => person.login },
    { key: 'name', title: texts.name, show: (person) => person.name },
    {
      key: 'posts',
      title: texts.posts,
      show: (person) =>
        person.posts.length === 0
          ? texts.noPost
          : person.posts.map((post) => `${words(post.name)} · ${post.unit === 'bureau' ? texts.bureau : post.unit}`).join('，'),
    },
    { key: 'state', title: texts.state, show: (person) => <StateTag person={person} /> },
    {
      key: 'last',
      title: texts.lastSignIn,
      show: (person) => (person.last_sign_in_at == null ? <span className="quiet">{texts.never}</span> : <Instant value={person.last_sign_in_at} />),
      minor: true,
    },
    { key: 'sessions', title: texts.sessions, show: (person) => <span className="figure">{person.sessions}</span>, align: 'right', minor: true },
  ];
}

export function StateTag({ person }: { person: Person }): ReactNode {
  const texts = useTexts(peopleTexts);
  if (person.disabled_at != null) {
    return <span className="tag bad">{texts.disabled}</span>;
  }
  if (person.locked_until != null) {
    return <span className="tag warn">{texts.locked}</span>;
  }
  return person.must_change ? <span className="tag info">{texts.mustChange}</span> : <span className="tag good">{texts.active}</span>;
}
