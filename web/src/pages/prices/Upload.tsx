import { Checkbox, Input } from 'antd';
import { useRef, useState, type ReactNode } from 'react';

import { api, ask } from '@/api/client';
import { asProblem } from '@/api/problem';
import { DayInput } from '@/forms/inputs';
import { ActButton, Field, PageHead, useAct, useGo, useSay, useTexts } from '@/ui';

import { PackCheck, PackText, type Check } from './PackCheck';
import './prices.css';
import { packTexts } from './packTexts';

/** A pack is checked before it can be handed in; what is handed in is what was checked. */
export default function Upload(): ReactNode {
  const texts = useTexts(packTexts);
  const say = useSay();
  const go = useGo();
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [checked, setChecked] = useState<{ text: string; check: Check } | null>(null);
  const [startsOn, setStartsOn] = useState<string | null>(null);
  const [isChecking, setChecking] = useState(false);
  const [isBackdated, setBackdated] = useState(false);
  const isCurrent = checked !== null && checked.text === text;

  const offer = useAct((wish: { text: string; starts_on: string; backdated: boolean }, header) => api.POST('/api/tariff-packs', { params: { header }, body: wish }), {
    name: 'tariff-pack',
    refresh: [['tariff-packs']],
    fields: ['starts_on'],
    done: (pack) => {
      say.done(texts.offered(pack.pack_no));
      go({ to: '/prices/packs/$pack_no', params: { pack_no: String(pack.pack_no) } });
    },
  });

  async function check(wish: string): Promise<void> {
    setChecking(true);
    try {
      setChecked({ text: wish, check: await ask(api.POST('/api/tariff-packs/check', { body: { text: wish } })) });
    } catch (error) {
      say.problem(asProblem(error));
    } finally {
      setChecking(false);
    }
  }

  async function take(chosen: File | undefined): Promise<void> {
    if (chosen !== undefined) {
      const read = await chosen.text();
      setText(read);
      await check(read);
    }
  }

  // Nothing speaks against it but days that are billed already: whoever hands it in may say that this is meant.
  const reachesBack = isCurrent && checked.check.problems.length > 0 && checked.check.problems.every((problem) => problem.code === 'tariff-pack.billed');
  const missing = startsOn === null ? texts.confirmStart : reachesBack && !isBackdated ? texts.confirmBackdated : undefined;
  function handIn(): void {
    if (missing === undefined && startsOn !== null) {
      offer.run({ text, starts_on: startsOn, backdated: reachesBack });
    }
  }

  const wrongLines = isCurrent ? checked.check.problems.flatMap((problem) => problem.line ?? []) : [];
  return (
    <>
      <PageHead title={texts.uploadTitle} about={texts.uploadAbout} />
      <div className="columns">
        <section className="panel">
          <input ref={file} type="file" accept=".toml,text/plain" hidden onChange={(event) => void take(event.target.files?.[0])} />
          <div className="row" style={{ marginBottom: 8 }}>
            <ActButton does={texts.file} keys="alt+o" onAct={() => file.current?.click()} />
            <ActButton does={texts.check} keys="ctrl+Enter" type={isCurrent ? 'default' : 'primary'} loading={isChecking} onAct={() => void check(text)} notNow={text.trim() === '' ? texts.uploadAbout : undefined} />
          </div>
          <Field label={texts.text}>
            <Input.TextArea className="pack-input" value={text} spellCheck={false} autoSize={{ minRows: 18, maxRows: 30 }} onChange={(event) => setText(event.target.value)} />
          </Field>
        </section>
        <section className="panel" aria-live="polite">
          <h2>{texts.checked}</h2>
          {checked === null ? <p className="about">{texts.uploadAbout}</p> : null}
          {checked !== null && !isCurrent ? <p className="note warn">{texts.changedText}</p> : null}
          {isCurrent ? <PackCheck check={checked.check} /> : null}
          {wrongLines.length > 0 ? <PackText text={text} wrong={wrongLines} /> : null}
          {isCurrent && (checked.check.sound || reachesBack) ? (
            <form
              className="hand-in"
              onSubmit={(event) => {
                event.preventDefault();
                handIn();
              }}
            >
              <Field label={texts.startsOn} required hint={texts.confirmStart} error={offer.at('starts_on')} width={280}>
                <DayInput value={startsOn} onChange={setStartsOn} />
              </Field>
              {reachesBack ? (
                <Checkbox checked={isBackdated} onChange={(event) => setBackdated(event.target.checked)}>
                  {texts.confirmBackdated}
                </Checkbox>
              ) : null}
              <ActButton does={texts.offer} keys="alt+s" type="primary" loading={offer.isRunning} notNow={missing} onAct={handIn} />
            </form>
          ) : null}
        </section>
      </div>
    </>
  );
}
