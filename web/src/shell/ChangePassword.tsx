import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask } from '@/api/client';
import { asProblem, type Problem } from '@/api/problem';
import { Field } from '@/ui/Field';
import { useTexts, useWords } from '@/ui/language';

import { doorTexts } from './texts';

const LEAST = 10;

/** Changes one's own password: before anything else where it was for once, and from one's account. */
export function ChangePassword({ onChanged }: { onChanged: () => void }): ReactNode {
  const texts = useTexts(doorTexts);
  const words = useWords();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [repeat, setRepeat] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [wasTried, setTried] = useState(false);
  const told = problem === null ? undefined : words(problem.words);
  const isOldWrong = problem?.code === 'password.wrong';
  const isFreshWrong = problem?.code === 'password.weak' || problem?.code === 'password.same';

  async function change(): Promise<void> {
    setTried(true);
    if (old === '' || Array.from(fresh).length < LEAST || fresh !== repeat) {
      return;
    }
    setRunning(true);
    setProblem(null);
    try {
      await ask(api.POST('/api/session/password', { body: { old, new: fresh } }));
      onChanged();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setRunning(false);
    }
  }

  return (
    <form
      noValidate
      className="password-form"
      onSubmit={(event) => {
        event.preventDefault();
        void change();
      }}
    >
      {problem === null || isOldWrong || isFreshWrong ? null : (
        <div className="note bad" role="alert">
          {told}
        </div>
      )}
      <Field label={texts.old} error={isOldWrong ? told : wasTried && old === '' ? texts.needPassword : undefined}>
        <Input.Password value={old} autoComplete="current-password" autoFocus onChange={(event) => setOld(event.target.value)} />
      </Field>
      <Field
        label={texts.fresh}
        hint={texts.freshHint}
        error={isFreshWrong ? told : wasTried && Array.from(fresh).length < LEAST ? texts.tooShort : undefined}
      >
        <Input.Password value={fresh} autoComplete="new-password" onChange={(event) => setFresh(event.target.value)} />
      </Field>
      <Field label={texts.repeat} error={wasTried && repeat !== fresh ? texts.differ : undefined}>
        <Input.Password value={repeat} autoComplete="new-password" onChange={(event) => setRepeat(event.target.value)} />
      </Field>
      <Button type="primary" htmlType="submit" loading={isRunning} block>
        {texts.change}
      </Button>
    </form>
  );
}
