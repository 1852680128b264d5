import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { ReasonField } from '@/forms/ReasonField';
import { useSession } from '@/shell/session';
import { ActButton, GoTo, Instant, useAct, useSay, useTexts, useWords } from '@/ui';

import type { Once } from './OncePassword';
import { type Person, StateTag } from './People';
import { PostFields } from './PostFields';
import { peopleTexts } from './texts';

type Props = {
  person: Person;
  roles: readonly Schema<'RoleShown'>[];
  units: readonly Schema<'Unit'>[];
  onReset: (once: Once) => void;
};

type Asking = 'appoint' | 'disable' | 'reset';

/** One person: his posts, and what an administrator can do for him. */
export function Desk({ person, roles, units, onReset }: Props): ReactNode {
  const texts = useTexts(peopleTexts);
  const session = useSession();
  const [asking, setAsking] = useState<Asking>();
  const { login } = person;
  const isOwn = session.login === login;
  const acts = useActs(login, () => setAsking(undefined), onReset);
  const away = () => setAsking(undefined);
  return (
    <section className="panel desk" aria-label={login}>
      <header>
        <h2>
          {login} {person.name}
        </h2>
        <span className="stretch" />
        <StateTag person={person} />
      </header>
      {isOwn ? (
        <p className="note">
          <GoTo to="/account">{texts.own}</GoTo>
        </p>
      ) : null}
      {person.locked_until == null ? null : (
        <p className="note warn">
          {texts.lockedUntil} <Instant value={person.locked_until} />
        </p>
      )}
      <Posts person={person} onDismiss={acts.dismiss.run} isRunning={acts.dismiss.isRunning} />
      <div className="row decisions">
        <ActButton does={texts.appoint} keys="p" onAct={() => setAsking('appoint')} />
        {person.locked_until == null ? null : <ActButton does={texts.unlock} keys="l" loading={acts.unlock.isRunning} onAct={() => acts.unlock.run(null)} />}
        <ActButton does={texts.reset} keys="r" notNow={isOwn ? texts.own : undefined} onAct={() => setAsking('reset')} />
        {person.sessions === 0 ? null : (
          <ActButton does={texts.signOut} keys="o" loading={acts.signOut.isRunning} onAct={() => acts.signOut.run(null)} />
        )}
        {person.disabled_at == null ? (
          <ActButton does={texts.disable} keys="x" danger notNow={isOwn ? texts.own : undefined} onAct={() => setAsking('disable')} />
        ) : (
          <ActButton does={texts.enable} keys="x" loading={acts.enable.isRunning} onAct={() => acts.enable.run(null)} />
        )}
      </div>
      {asking === 'appoint' ? <Appoint act={acts.appoint} roles={roles} units={units} onCancel={away} /> : null}
      {asking === 'disable' ? (
        <ReasonField
          act={texts.disable}
          danger
          least={1}
          usual={[texts.usualDisable]}
          isRunning={acts.disable.isRunning}
          error={acts.disable.at('reason')}
          onCancel={away}
          onGiven={(reason) => acts.disable.run({ reason })}
        />
      ) : null}
      {asking === 'reset' ? (
        <div className="decision-form">
          <p>{texts.resetHint}</p>
          <div className="row">
            <Button type="primary" autoFocus loading={acts.reset.isRunning} onClick={() => acts.reset.run({ reason: null })}>
              {texts.confirmReset}
            </Button>
            <Button onClick={away}>{texts.cancel}</Button>
          </div>
        </div>
      ) : null}
    </section>
  );
}

/** Every post with a way to take it back, which asks once more. */
function Posts({ person, onDismiss, isRunning }: { person: Person; onDismiss: (post: Schema<'GivenPost'>) => void; isRunning: boolean }): ReactNode {
  const texts = useTexts(peopleTexts);
  const words = useWords();
  const [asked, setAsked] = useState<string>();
  if (person.posts.length === 0) {
    return <p className="quiet">{texts.noPost}</p>;
  }
  return (
    <ul className="plain posts">
      {person.posts.map(({ role, unit, name }) => {
        const key = `${role} ${unit}`;
        return (
          <li key={key} className="row">
            <strong>{words(name)}</strong>
            <span>{unit === 'bureau' ? texts.bureau : unit}</span>
            <span className="stretch" />
            {asked === key ? (
              <>
                <Button size="small" danger autoFocus loading={isRunning} onClick={() => onDismiss({ role, unit })}>
                  {texts.confirmDismiss(words(name))}
                </Button>
                <Button size="small" onClick={() => setAsked(undefined)}>
                  {texts.cancel}
                </Button>
              </>
            ) : (
              <Button size="small" type="text" onClick={() => setAsked(key)} aria-label={`${texts.dismiss} ${words(name)}`}>
                {texts.dismiss}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Appoint({
  act,
  roles,
  units,
  onCancel,
}: Pick<Props, 'roles' | 'units'> & { act: ReturnType<typeof useActs>['appoint']; onCancel: () => void }): ReactNode {
  const texts = useTexts(peopleTexts);
  const [role, setRole] = useState<string>();
  const [unit, setUnit] = useState('bureau');
  return (
    <form
      className="decision-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (role !== undefined) {
          act.run({ role, unit });
        }
      }}
    >
      <PostFields
        roles={roles}
        units={units}
        role={role}
        unit={unit}
        onRole={setRole}
        onUnit={setUnit}
        roleError={act.at('role')}
        unitError={act.at('unit')}
      />
      <div className="row">
        <Button htmlType="submit" type="primary" disabled={role === undefined} loading={act.isRunning}>
          {texts.appoint}
        </Button>
        <Button onClick={onCancel}>{texts.cancel}</Button>
      </div>
    </form>
  );
}

/** Everything that can be done, each once and with a word when it is done. */
function useActs(login: string, done: () => void, onReset: (once: Once) => void) {
  const texts = useTexts(peopleTexts);
  const say = useSay();
  const path = { login };
  const refresh = [['people']] as const;
  const told = (text: string) => () => {
    say.done(text);
    done();
  };
  const nothing = { reason: null };
  return {
    appoint: useAct((body: Schema<'GivenPost'>, header) => api.POST('/api/people/{login}/posts', { params: { path, header }, body }), {
      name: `appoint ${login}`,
      refresh,
      fields: ['role', 'unit'],
      done: told(texts.appointed),
    }),
    dismiss: useAct((body: Schema<'GivenPost'>, header) => api.POST('/api/people/{login}/posts/dismissal', { params: { path, header }, body }), {
      name: `dismiss ${login}`,
      refresh,
      done: told(texts.dismissed),
    }),
    unlock: useAct((_: null, header) => api.POST('/api/people/{login}/unlocking', { params: { path, header }, body: nothing }), {
      name: `unlock ${login}`,
      refresh,
      done: told(texts.unlocked),
    }),
    enable: useAct((_: null, header) => api.POST('/api/people/{login}/enabling', { params: { path, header }, body: nothing }), {
      name: `enable ${login}`,
      refresh,
      done: told(texts.enabled),
    }),
    disable: useAct((body: { reason: string }, header) => api.POST('/api/people/{login}/disabling', { params: { path, header }, body }), {
      name: `disable ${login}`,
      refresh,
      fields: ['reason'],
      done: told(texts.disabledDone),
    }),
    signOut: useAct((_: null, header) => api.POST('/api/people/{login}/sign-out', { params: { path, header }, body: nothing }), {
      name: `sign out ${login}`,
      refresh,
      done: told(texts.signedOut),
    }),
    reset: useAct((body: { reason: null }, header) => api.POST('/api/people/{login}/password-reset', { params: { path, header }, body }), {
      name: `reset ${login}`,
      refresh,
      done: (once) => {
        done();
        onReset(once);
      },
    }),
  };
}
