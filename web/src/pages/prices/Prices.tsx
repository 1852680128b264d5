import { Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { api } from '@/api/client';
import { DayInput } from '@/forms/inputs';
import { Day, Field, GoTo, PageHead, PageState, today, useAsk, useQueryState, useTexts, useWords } from '@/ui';

import { Calculator } from './Calculator';
import type { Content } from './content';
import { PriceList } from './PriceList';
import './prices.css';
import { SourceNote, useTerm } from './terms';
import { pricesTexts } from './texts';

export default function Prices(): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const [query, setQuery] = useQueryState();
  const [wish, setWish] = useState('');
  const tariffs = useAsk(['tariffs'], () => api.GET('/api/tariffs'));
  const on = query.on ?? today();
  return (
    <>
      <PageHead title={texts.title} about={texts.about}>
        <Field label={texts.on} inline>
          <DayInput value={on} allowClear={false} onChange={(day) => setQuery({ on: day ?? undefined })} />
        </Field>
      </PageHead>
      <PageState of={tariffs} isEmpty={(list) => list.length === 0}>
        {(list) => {
          const code = query.tariff ?? list[0]?.code ?? '';
          const matching = list.filter((tariff) => `${words(tariff.name)} ${tariff.code}`.toLowerCase().includes(wish.trim().toLowerCase()));
          const chosen = list.find((tariff) => tariff.code === code);
          return (
            <div className="prices">
              <nav className="panel prices-list" aria-label={texts.choose}>
                <Input value={wish} allowClear placeholder={texts.find} aria-label={texts.find} onChange={(event) => setWish(event.target.value)} />
                <ul>
                  {matching.map((tariff) => (
                    <li key={tariff.code}>
                      <GoToTariff code={tariff.code} on={query.on} isChosen={tariff.code === code}>
                        {words(tariff.name)}
                        <small>{tariff.code}</small>
                      </GoToTariff>
                    </li>
                  ))}
                </ul>
                {matching.length === 0 ? <p className="about">{texts.noMatch}</p> : null}
              </nav>
              {chosen === undefined ? null : <Tariff key={`${code} ${on}`} code={code} on={on} versions={chosen.versions} />}
            </div>
          );
        }}
      </PageState>
    </>
  );
}

function GoToTariff({ code, on, isChosen, children }: { code: string; on: string | undefined; isChosen: boolean; children: ReactNode }): ReactNode {
  return (
    <GoTo to="/prices" query={{ tariff: code, on }} className={isChosen ? 'chosen' : undefined}>
      {children}
    </GoTo>
  );
}

type VersionLine = { id: string; from: string; until?: string | null; source: string; mark: string };

function Tariff({ code, on, versions }: { code: string; on: string; versions: VersionLine[] }): ReactNode {
  const texts = useTexts(pricesTexts);
  const words = useWords();
  const [province = '', name = ''] = code.split('/');
  const tariff = useAsk(['tariff', code, on], () => api.GET('/api/tariffs/{province}/{name}', { params: { path: { province, name }, query: { on } } }));
  return (
    <div>
      <PageState of={tariff}>
        {({ name, version, content }) => (
          <>
            <section className="panel">
              <header>
                <h2>{words(name)}</h2>
                <span className="tag info">{texts.version(version.id)}</span>
                <span className="stretch" />
                <span>
                  {texts.since} <Day value={version.from} />
                </span>
              </header>
              <p>
                {texts.source}: <SourceNote source={{ title: version.source, mark: version.mark }} />
              </p>
              <PriceList content={content as unknown as Content} />
            </section>
            <Calculator code={code} content={content as unknown as Content} />
          </>
        )}
      </PageState>
      <Versions code={code} versions={versions} on={on} />
    </div>
  );
}

function Versions({ code, versions, on }: { code: string; versions: VersionLine[]; on: string }): ReactNode {
  const texts = useTexts(pricesTexts);
  const word = useTerm();
  const ends = versions.map((version, at) => version.until ?? dayBefore(versions[at + 1]?.from));
  return (
    <section className="panel">
      <h2>{texts.versions}</h2>
      <div className="table-frame">
        <table className="data-table">
          <thead>
            <tr>
              <th scope="col">{texts.from}</th>
              <th scope="col">{texts.to}</th>
              <th scope="col">{texts.source}</th>
              <th scope="col">{texts.known}</th>
            </tr>
          </thead>
          <tbody>
            {versions
              .map((version, at) => ({ ...version, end: ends[at] }))
              .toReversed()
              .map((version) => {
                const holds = version.from <= on && (version.end === undefined || on <= version.end);
                return (
                  <tr key={version.id} aria-selected={holds}>
                    <td>
                      <GoTo to="/prices" query={{ tariff: code, on: version.from }}>
                        <Day value={version.from} />
                      </GoTo>
                    </td>
                    <td>{version.end === undefined ? texts.open : <Day value={version.end} />}</td>
                    <td>{version.source}</td>
                    <td>
                      <span className="tag">{word(`mark.${version.mark}`)}</span>
                    </td>
                  </tr>
                );
              })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function dayBefore(day: string | undefined): string | undefined {
  if (day === undefined) {
    return undefined;
  }
  const instant = new Date(`${day}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() - 1);
  return instant.toISOString().slice(0, 10);
}
