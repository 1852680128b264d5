import { Button, Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { MoneyInput } from '@/forms/inputs';
import { Field, counted, useAct, useSay, useTexts, useWords } from '@/ui';

import { DECIDED, useExceptionDesk, type Scope } from './desk';
import { billingTexts } from './texts';

type Props = { month: string; scope: Scope; onDone: () => void };

/** Passes the lightest at once; how many they are is shown before. */
export function Light({ month, scope, onDone }: Props): ReactNode {
  const texts = useTexts(billingTexts);
  const words = useWords();
  const say = useSay();
  const [below, setBelow] = useState('5.00');
  const desk = useExceptionDesk(month, scope, below === '' ? '0' : below).data;
  const reasons = desk?.reasons.filter(({ decision }) => decision === 'pass') ?? [];
  const [chosen, setChosen] = useState<string>();
  const reason = chosen ?? reasons.at(-1)?.code;
  const pass = useAct(
    (wish: { below: string; accounts: number; reason: string }, header) =>
      api.POST('/api/billing-runs/{cycle}/exception-passes', {
        params: { path: { cycle: month }, header },
        body: { ...wish, station: scope.station ?? null, book: scope.book ?? null },
      }),
    {
      name: `pass-light ${month} ${scope.station} ${scope.book}`,
      refresh: DECIDED,
      fields: ['below', 'reason', 'accounts'],
      done: ({ passed, more }) => {
        say.done(more ? `${texts.passedLight(passed)} · ${texts.moreLight}` : texts.passedLight(passed));
        if (!more) {
          onDone();
        }
      },
    },
  );
  const light = desk?.light ?? 0;
  return (
    <form
      className="panel billing-light-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (reason !== undefined && light > 0) {
          pass.run({ below, accounts: light, reason });
        }
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onDone();
        }
      }}
    >
      <Field label={texts.below} error={pass.at('below')}>
        <MoneyInput value={below} onChange={(below) => setBelow(below ?? '')} autoFocus />
      </Field>
      <Field label={texts.why} error={pass.at('reason')}>
        <Select value={reason ?? null} options={reasons.map(({ code, name }) => ({ value: code, label: words(name) }))} onChange={setChosen} style={{ minWidth: 160 }} />
      </Field>
      <p role="status">{pass.at('accounts') ?? texts.lightCount(counted(light))}</p>
      <div className="row">
        <Button htmlType="submit" type="primary" loading={pass.isRunning} disabled={light === 0}>
          {texts.passThem(counted(light))}
        </Button>
        <Button onClick={onDone}>{texts.cancel}</Button>
      </div>
    </form>
  );
}
