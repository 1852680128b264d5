import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';
import { Field } from '@/ui/Field';
import { useTexts, useWords } from '@/ui/language';

import { Demonstration } from './Demonstration';
import { Door } from './Door';
import { useSetup } from './setup';
import { doorTexts } from './texts';

type Props = {
  /** Whose session ended while his pages were open. */
  endedFor?: string | undefined;
  onSignedIn: () => void;
};

export function SignIn({ endedFor, onSignedIn }: Props): ReactNode {
  const texts = useTexts(doorTexts);
  const words = useWords();
  const [login, setLogin] = useState(endedFor ?? '');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [wasTried, setTried] = useState(false);
  const setup = useSetup();

  async function enter(): Promise<void> {
    setTried(true);
    if (login.trim() === '' || password === '') {
      return;
    }
    setRunning(true);
    setProblem(null);
    try {
      await ask(api.POST('/api/session', { body: { login: login.trim(), password } }));
      setPassword('');
      onSignedIn();
    } catch (error) {
      setProblem(asProblem(error));
      setPassword('');
    } finally {
      setRunning(false);
    }
  }

  return (
    <Door title={texts.product} about={endedFor === undefined ? undefined : texts.againHint(endedFor)}>
      {setup.hasNobody ? (
        <div className="note warn">
          <h2>{texts.noAdministrator}</h2>
          <p>{texts.noAdministratorHint}</p>
          <code>{setup.command}</code>
        </div>
      ) : null}
      {problem === null && endedFor !== undefined ? <p className="note">{texts.again}</p> : null}
      {problem === null ? null : (
        <div className="note bad" role="alert">
          {words(problem.words)}
          {problem.code === 'sign-in.locked' ? <div>{texts.lockedHint}</div> : null}
          {problem.reference === undefined ? null : <div className="code">{problem.reference}</div>}
        </div>
      )}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <Field label={texts.login} error={wasTried && login.trim() === '' ? texts.needLogin : undefined}>
          <Input value={login} name="username" autoComplete="username" autoCapitalize="none" autoFocus={endedFor === undefined} size="large" onChange={(event) => setLogin(event.target.value)} />
        </Field>
        <Field label={texts.password} error={wasTried && !isRunning && problem === null && password === '' ? texts.needPassword : undefined}>
          <Input.Password value={password} name="password" autoComplete="current-password" autoFocus={endedFor !== undefined} size="large" onChange={(event) => setPassword(event.target.value)} />
        </Field>
        <Button type="primary" htmlType="submit" size="large" loading={isRunning} block>
          {isRunning ? texts.entering : texts.enter}
        </Button>
      </form>
      <Demonstration onChosen={setLogin} />
    </Door>
  );
}
