import { Select } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { DayInput, FigureInput } from '@/forms/inputs';
import { Field, useAct, useSay, useTexts } from '@/ui';

import { AMENDED } from './Amend';
import { Basis, Frame } from './AgreementForms';
import { amendTexts } from './amendTexts';

type Kind = 'fast' | 'slow' | 'wiring';

/** That a meter counted otherwise than was used: out of tolerance since a test, or wrongly wired since a day. */
export function CountingAmendment({ supply_no, meter, onEnd }: { supply_no: string; meter: Schema<'Meter'>; onEnd: () => void }): ReactNode {
  const texts = useTexts(amendTexts);
  const say = useSay();
  const { meter_no } = meter;
  const [kind, setKind] = useState<Kind>('fast');
  const [figure, setFigure] = useState('');
  const [since, setSince] = useState<string | null>(null);
  const [foundOn, setFoundOn] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const amend = useAct(
    (body: Schema<'CountingAmendment'>, header) => api.POST('/api/meters/{meter_no}/amendments/counting', { params: { path: { meter_no }, header }, body }),
    {
      name: `amend counting ${meter_no}`,
      refresh: AMENDED(supply_no),
      fields: ['percent', 'factor', 'tested_on', 'since', 'found_on', 'meter_no', 'reason'],
      done: () => (say.done(texts.amended), onEnd()),
    },
  );
  const isWiring = kind === 'wiring';
  function given(): void {
    const days = { found_on: foundOn ?? '', reason };
    const first = since ?? '';
    amend.run(isWiring ? { ...days, wiring_factor: figure, since: first } : { ...days, error_percent: kind === 'slow' ? `-${figure}` : figure, tested_on: first });
  }
  return (
    <Frame label={texts.amendCountingOf(meter_no)} act={texts.save} acting={amend} onGiven={given} onEnd={onEnd}>
      <Field label={texts.cause} width={190} hint={isWiring ? texts.wiringHint : texts.errorHint} error={amend.at('meter_no')}>
        <Select<Kind>
          value={kind}
          autoFocus
          onChange={setKind}
          options={[
            { value: 'fast', label: texts.fast },
            { value: 'slow', label: texts.slow },
            { value: 'wiring', label: texts.wiring },
          ]}
        />
      </Field>
      <Field label={isWiring ? texts.factor : texts.percent} width={150} required hint={isWiring ? texts.factorHint : texts.percentHint} error={amend.at(isWiring ? 'factor' : 'percent')}>
        <FigureInput value={figure} decimals={isWiring ? 4 : 2} onChange={setFigure} />
      </Field>
      <Field label={isWiring ? texts.wiredSince : texts.testedOn} width={170} required error={amend.at(isWiring ? 'since' : 'tested_on')}>
        <DayInput value={since} onChange={setSince} />
      </Field>
      <Field label={texts.foundOn} width={170} required error={amend.at('found_on')}>
        <DayInput value={foundOn} onChange={setFoundOn} />
      </Field>
      <Basis label={texts.basis} hint={texts.basisHint} value={reason} onGiven={setReason} error={amend.at('reason')} />
    </Frame>
  );
}
