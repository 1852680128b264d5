import { AutoComplete, Button, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { MonthInput } from '@/forms/inputs';
import { useRights } from '@/shell/session';
import { Empty, Field, GoTo, PageState, monthAfter, today, useAct, useAsk, useGo, useTexts, useWords } from '@/ui';

import { useTerm } from '../prices/terms';
import type { TrialWish } from './parts';
import { trialTexts } from './texts';

type Given = { pack: string | undefined; from: string | undefined; to: string | undefined; way: string | undefined; station: string | undefined };
type Props = { given: Given; onEnd: () => void };

const PACKS = 200;
const BOOKS = 200;

/** Which prices on which bills. */
export function AskForm({ given, onEnd }: Props): ReactNode {
  const texts = useTexts(trialTexts);
  const rights = useRights();
  const packs = useAsk(['tariff-packs', 'offered'], () => api.GET('/api/tariff-packs', { params: { query: { limit: PACKS } } }));
  return (
    <section className="panel" aria-label={texts.newOne} onKeyDown={(event) => event.key === 'Escape' && onEnd()}>
      <h2>{texts.newOne}</h2>
      <p className="about">{texts.formHint}</p>
      <PageState of={packs}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              {texts.noPacks}
              {rights.hasOne(['tariff.upload', 'tariff.approve']) ? <GoTo to="/prices/packs">{texts.toPacks}</GoTo> : null}
            </Empty>
          ) : (
            <Form packs={items} given={given} onEnd={onEnd} />
          )
        }
      </PageState>
    </section>
  );
}

type Pack = { pack_no: number; name: { zh: string; en: string }; state: string; starts_on: string };

function Form({ packs, given, onEnd }: Props & { packs: readonly Pack[] }): ReactNode {
  const texts = useTexts(trialTexts);
  const words = useWords();
  const word = useTerm();
  const rights = useRights();
  const go = useGo();
  // The month before this one may not be billed yet.
  const last = monthAfter(today().slice(0, 7), -2);
  const own = rights.stations('tariff.try');
  const [pack, setPack] = useState<number | null>(() => packs.find(({ pack_no }) => String(pack_no) === given.pack)?.pack_no ?? (packs.length === 1 ? (packs[0]?.pack_no ?? null) : null));
  const [from, setFrom] = useState<string | null>(given.from ?? last);
  const [to, setTo] = useState<string | null>(given.to ?? given.from ?? last);
  const [way, setWay] = useState(given.way ?? 'to-come');
  const [station, setStation] = useState(given.station ?? (own?.length === 1 ? (own[0] ?? '') : ''));
  const [isAsked, setAsked] = useState(false);
  const ask = useAct((body: TrialWish, header) => api.POST('/api/price-trials', { params: { header }, body }), {
    name: 'price-trial',
    refresh: [['price-trials'], ['work']],
    fields: ['pack_no', 'from', 'to', 'way', 'station'],
    done: ({ trial }) => go({ to: '/prices/trials/$no', params: { no: trial.trial_no } }),
  });
  const give = () => {
    setAsked(true);
    if (pack !== null && from !== null && to !== null) {
      ask.run({ pack_no: pack, from, to, way, station: station.trim() === '' ? null : station.trim() });
    }
  };
  const missing = (value: unknown, told: string) => (isAsked && value === null ? told : undefined);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <div className="row trial-form">
        <Field label={texts.pack} required width={380} error={ask.at('pack_no') ?? missing(pack, texts.choosePack)}>
          <Select
            value={pack}
            autoFocus={pack === null}
            showSearch={{ optionFilterProp: 'label' }}
            options={packs.map(({ pack_no, name, state, starts_on }) => ({ value: pack_no, label: texts.packOf(pack_no, words(name), word(`state.${state}`), starts_on) }))}
            onChange={(chosen) => {
              setPack(chosen);
              ask.forget();
            }}
          />
        </Field>
        <Field label={texts.from} required width={130} error={ask.at('from') ?? missing(from, texts.chooseMonths)}>
          <MonthInput
            value={from}
            autoFocus={pack !== null}
            allowClear={false}
            onChange={(month) => {
              setFrom(month);
              ask.forget();
              // Most trials are of one month: the last goes along until it is chosen otherwise.
              setTo((now) => (month !== null && (now === null || now === from || now < month) ? month : now));
            }}
          />
        </Field>
        <Field label={texts.to} required width={150} hint={texts.toHint} error={ask.at('to') ?? missing(to, texts.chooseMonths)}>
          <MonthInput
            value={to}
            allowClear={false}
            onChange={(month) => {
              setTo(month);
              ask.forget();
            }}
          />
        </Field>
        <Field label={texts.way} width={300} hint={way === 'by-day' ? texts.byDayHint : texts.toComeHint} error={ask.at('way')}>
          <Select
            value={way}
            options={[
              { value: 'to-come', label: texts.toCome },
              { value: 'by-day', label: texts.byDay },
            ]}
            onChange={setWay}
          />
        </Field>
        {own?.length === 1 ? null : <Station value={station} onGiven={setStation} own={own} error={ask.at('station')} />}
      </div>
      <Space wrap>
        <Button type="primary" htmlType="submit" loading={ask.isRunning}>
          {texts.ask}
        </Button>
        <Button onClick={onEnd}>{texts.cancel}</Button>
      </Space>
    </form>
  );
}

type Part = { value: string; onGiven: (value: string) => void; own: readonly string[] | null; error: string | undefined };

/** Stations are offered as far as reading books tell them; another can be written. */
function Station({ value, onGiven, own, error }: Part): ReactNode {
  const texts = useTexts(trialTexts);
  const rights = useRights();
  const books = useAsk(['books', 'offered'], () => api.GET('/api/books', { params: { query: { limit: BOOKS } } }), { when: own === null && rights.has('archive.read') });
  const known = own ?? [...new Set((books.data?.items ?? []).flatMap(({ station }) => station ?? []))].toSorted();
  return (
    <Field label={texts.station} width={170} required={own !== null} {...(own === null ? { hint: texts.stationHint } : {})} error={error}>
      <AutoComplete value={value} options={known.map((code) => ({ value: code, label: code }))} showSearch={{ filterOption: true }} onChange={(given: string) => onGiven(given)} />
    </Field>
  );
}
