import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DataTable, Instant, usePages, useTexts, type Column } from '@/ui';

import { customerTexts } from './texts';
import { useNames } from './words';

type Event = Schema<'AccountEvent'>;

/** Who did what about this account, and why. */
export function Events({ supply_no }: { supply_no: string }): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const events = usePages(['events', supply_no], (before) =>
    api.GET('/api/usage-points/{supply_no}/journal', { params: { path: { supply_no }, query: before === undefined ? {} : { before } } }),
  );
  const columns: Column<Event>[] = [
    { key: 'at', title: texts.at, show: (event) => <Instant value={event.at} seconds /> },
    { key: 'actor', title: texts.actor, show: (event) => event.actor },
    { key: 'act', title: texts.act, show: (event) => names('act', event.act) },
    { key: 'subject', title: texts.subject, show: (event) => about(event.subject, names) },
    { key: 'reason', title: texts.reason, show: (event) => event.reason ?? '—' },
    { key: 'facts', title: texts.facts, show: (event) => event.facts.map(({ name, value }) => `${names('fact', name)} ${worded(name, value, names)}`).join('；'), minor: true },
  ];
  return (
    <section className="panel">
      <h2>{texts.eventsTable}</h2>
      <DataTable label={texts.eventsTable} columns={columns} rows={events} rowKey={(event) => event.id} empty={texts.noEvents} />
    </section>
  );
}

function about(subject: string, names: ReturnType<typeof useNames>): string {
  const [kind = '', number = ''] = subject.split(/:(.*)/s);
  return `${names('subject', kind)} ${number}`;
}

/** Words of a list that have a name, in this fact or in all: what was shown, the kind of a reading. */
function worded(fact: string, value: string, names: ReturnType<typeof useNames>): string {
  const nameOf = (word: string) => {
    const own = names(fact, word);
    return own === word ? names('word', word) : own;
  };
  return value.split(', ').map(nameOf).join('、');
}
