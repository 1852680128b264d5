import { useEffect, useRef, type ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { Day, useTexts, useWords } from '@/ui';

import type { Content } from './content';
import { packTexts } from './packTexts';
import { PriceList } from './PriceList';
import { SourceNote } from './terms';
import { pricesTexts } from './texts';

export type Check = Schema<'TariffPackCheck'>;

/** What speaks against a pack, with its lines; and what it would add, as a customer will read it. */
export function PackCheck({ check }: { check: Check }): ReactNode {
  const texts = useTexts(packTexts);
  const prices = useTexts(pricesTexts);
  const words = useWords();
  return (
    <>
      {check.problems.length === 0 ? null : (
        <div className="note bad" role="alert">
          <strong>{texts.problems(check.problems.length)}</strong>
          <ul className="steps">
            {check.problems.map((problem, at) => (
              <li key={at}>
                {problem.line == null ? null : <span className="tag bad">{texts.line(problem.line)}</span>} {problem.field === '' ? null : <code>{problem.field}</code>} {words(problem.message)}
              </li>
            ))}
          </ul>
        </div>
      )}
      {check.sound ? <p className="note">{texts.sound}</p> : null}
      {check.name == null ? null : (
        <p>
          <strong>{words(check.name)}</strong> <span className="code">{check.code}</span> <span className="tag info">{check.new_tariff ? texts.newTariff : texts.addsTo}</span>{' '}
          {check.billed_to == null ? null : (
            <>
              {texts.billedTo} <Day value={check.billed_to} />
            </>
          )}
        </p>
      )}
      {check.versions.map((version) => (
        <section key={version.id} className="panel">
          <header>
            <h3>{prices.version(version.id)}</h3>
            <span className={`tag ${version.added ? 'good' : ''}`}>{version.added ? texts.added : texts.there}</span>
            <span className="stretch" />
            <span>
              {prices.since} <Day value={version.from} />
            </span>
          </header>
          <p>
            {prices.source}: <SourceNote source={{ title: version.source, mark: version.mark }} />
          </p>
          {version.added ? <PriceList content={version.content as unknown as Content} /> : null}
        </section>
      ))}
    </>
  );
}

/** The text with its lines counted, those with a mistake marked. */
export function PackText({ text, wrong }: { text: string; wrong: readonly number[] }): ReactNode {
  const texts = useTexts(packTexts);
  const box = useRef<HTMLPreElement>(null);
  const first = wrong[0];
  useEffect(() => {
    const line = first === undefined ? null : box.current?.children[first - 1];
    if (box.current !== null && line instanceof HTMLElement) {
      box.current.scrollTop = line.offsetTop - box.current.offsetTop - box.current.clientHeight / 2;
    }
  }, [first, text]);
  return (
    <pre ref={box} className="pack-text" tabIndex={0} aria-label={texts.source}>
      {text.replace(/\n$/, '').split('\n').map((line, at) => (
        <span key={at} className={wrong.includes(at + 1) ? 'wrong' : undefined}>
          {line === '' ? ' ' : line}
        </span>
      ))}
    </pre>
  );
}
