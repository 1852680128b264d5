import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { Field, useAct, useTexts } from '@/ui';

import type { Once } from './OncePassword';
import { PostFields } from './PostFields';
import { peopleTexts } from './texts';

type Props = {
  roles: readonly Schema<'RoleShown'>[];
  units: readonly Schema<'Unit'>[];
  onMade: (once: Once) => void;
  onCancel: () => void;
};

/** A new person with a first post. */
export function Create({ roles, units, onMade, onCancel }: Props): ReactNode {
  const texts = useTexts(peopleTexts);
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>();
  const [unit, setUnit] = useState('bureau');
  const [wasTried, setTried] = useState(false);
  const act = useAct((wish: Schema<'NewPerson'>, header) => api.POST('/api/people', { params: { header }, body: wish }), {
    name: 'create-person',
    refresh: [['people']],
    fields: ['name', 'login', 'role', 'unit'],
    done: onMade,
  });
  return (
    <form
      className="panel decision-form across"
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (login.trim() !== '') {
          act.run({ login: login.trim(), name: name.trim() === '' ? null : name.trim(), role: role ?? null, unit });
        }
      }}
    >
      <Field
        label={texts.login}
        required
        hint={texts.loginHint}
        error={act.at('login') ?? act.at('name') ?? (wasTried && login.trim() === '' ? texts.needLogin : undefined)}
      >
        <Input value={login} autoFocus autoComplete="off" maxLength={32} onChange={(event) => setLogin(event.target.value)} />
      </Field>
      <Field label={texts.name}>
        <Input value={name} autoComplete="off" maxLength={40} onChange={(event) => setName(event.target.value)} />
      </Field>
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
        <Button htmlType="submit" type="primary" loading={act.isRunning}>
          {texts.create}
        </Button>
        <Button onClick={onCancel}>{texts.cancel}</Button>
      </div>
    </form>
  );
}
