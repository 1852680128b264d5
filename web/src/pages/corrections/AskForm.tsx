import { AutoComplete, Button, Input, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { TariffSelect } from '@/forms/TariffSelect';
import { DayInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Field, monthAfter, today, useAct, useAsk, useGo, useTexts } from '@/ui';

import { CHANGED, type CorrectionWish } from './parts';
import { correctionTexts } from './texts';

type Kind = 'one' | 'book' | 'station' | 'tariff' | 'bureau';

type Props = { supply_no: string | undefined; since: string | undefined; onEnd: () => void };

/** Which bills to compute again, and why. */
export function AskForm({ supply_no, since, onEnd }: Props): ReactNode {
  const texts = useTexts(correctionTexts);
  const rights = useRights();
  const go = useGo();
  const [kind, setKind] = useState<Kind>('one');
  const [of, setOf] = useState(supply_no ?? '');
  const [day, setDay] = useState(since ?? `${monthAfter(today().slice(0, 7), -1)}-01`);
  const [reason, setReason] = useState('');
  const [isChoosing, setChoosing] = useState(false);
  const ask = useAct((body: CorrectionWish, header) => api.POST('/api/corrections', { params: { header }, body }), {
    name: 'correction',
    refresh: CHANGED,
    fields: ['since', 'station', 'book', 'supply_no', 'tariff', 'reason'],
    done: ({ correction }) => go({ to: '/billing/corrections/$no', params: { no: correction.correction_no } }),
  });
  const all = rights.everywhere('bill.rebill');
  const names: Record<Kind, string> = { one: texts.one, book: texts.book, station: texts.station, tariff: texts.tariff, bureau: texts.bureau };
  const kinds: Kind[] = all ? ['one', 'book', 'station', 'tariff', 'bureau'] : ['one', 'book', 'station'];
  const give = () => {
    const part = of.trim();
    // A tariff that nobody chose would be one of which there are no bills.
    setChoosing(kind === 'tariff' && part === '');
    if (kind === 'tariff' && part === '') {
      return;
    }
    const scope = kind === 'one' ? { supply_no: part } : kind === 'bureau' ? {} : { [kind]: part };
    ask.run({ since: day, reason: reason.trim(), ...scope });
  };
  return (
    <form
      className="panel"
      aria-label={texts.newOne}
      onKeyDown={(event) => event.key === 'Escape' && onEnd()}
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <h2>{texts.newOne}</h2>
      <p className="about">{texts.formHint}</p>
      <div className="row correction-form">
        <Field label={texts.since} required hint={texts.sinceHint} error={ask.at('since')} width={200}>
          <DayInput value={day} allowClear={false} onChange={(given) => setDay(given ?? day)} />
        </Field>
        <Field label={texts.scope} width={160}>
          <Select
            value={kind}
            options={kinds.map((value) => ({ value, label: names[value] }))}
            onChange={(next: Kind) => {
              setKind(next);
              setOf('');
              ask.forget();
            }}
          />
        </Field>
        {kind === 'one' ? (
          <Field label={texts.account} width={170} required error={ask.at('supply_no')}>
            <Input value={of} autoFocus={of === ''} inputMode="numeric" maxLength={16} onChange={(event) => setOf(event.target.value)} />
          </Field>
        ) : null}
        {kind === 'station' || kind === 'book' ? <Place kind={kind} value={of} onGiven={setOf} error={ask.at(kind)} /> : null}
        {kind === 'tariff' ? <Tariff value={of} onGiven={setOf} error={ask.at('tariff') ?? (isChoosing && of === '' ? texts.chooseTariff : undefined)} /> : null}
        <Field label={texts.reason} width={280} required hint={texts.reasonHint} error={ask.at('reason')}>
          <Input value={reason} maxLength={200} autoFocus={supply_no !== undefined} onChange={(event) => setReason(event.target.value)} />
        </Field>
      </div>
      <Space wrap>
        <Button type="primary" htmlType="submit" loading={ask.isRunning}>
          {texts.ask}
        </Button>
        <Button onClick={onEnd}>{texts.cancel}</Button>
        {[texts.reasonRead, texts.reasonMultiplier, texts.reasonLate, texts.reasonPrices].map((words) => (
          <Button key={words} size="small" type="dashed" onClick={() => setReason(words)}>
            {words}
          </Button>
        ))}
      </Space>
    </form>
  );
}

type Part = { value: string; onGiven: (value: string) => void; error: string | undefined };

const BOOKS = 200;

/** Books and their stations are offered; what is not among them can be written. */
function Place({ kind, value, onGiven, error }: Part & { kind: 'station' | 'book' }): ReactNode {
  const texts = useTexts(correctionTexts);
  const rights = useRights();
  const books = useAsk(['books', 'offered'], () => api.GET('/api/books', { params: { query: { limit: BOOKS } } }), { when: rights.has('archive.read') });
  const known = books.data?.items ?? [];
  const stations = [...new Set(known.flatMap(({ station }) => station ?? []))].toSorted();
  const options =
    kind === 'station'
      ? stations.map((station) => ({ value: station, label: station }))
      : known.filter(({ code }) => code !== '').map(({ code, name }) => ({ value: code, label: name == null ? code : `${code} ${name}` }));
  return (
    <Field label={texts[kind]} width={200} required error={error}>
      <AutoComplete value={value} options={options} showSearch={{ filterOption: true }} onChange={(given: string) => onGiven(given)} />
    </Field>
  );
}

function Tariff({ value, onGiven, error }: Part): ReactNode {
  const texts = useTexts(correctionTexts);
  return (
    <Field label={texts.tariff} width={280} required hint={texts.tariffHint} error={error}>
      <TariffSelect value={value} onChange={onGiven} />
    </Field>
  );
}
