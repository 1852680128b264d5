import { useEffect, type ReactNode } from 'react';

import { api } from '@/api/client';
import { useRights } from '@/shell/session';
import { ActButton, PageHead, PageState, useAsk, useGo, useHotkeys, usePart, useQueryState, useTexts } from '@/ui';

import { Bills } from './Bills';
import { Events } from './Events';
import { counterPage } from './opening';
import { Overview } from './Overview';
import { Payments } from './Payments';
import { customerTexts } from './texts';
import { Tiles } from './Tiles';
import { Usage } from './Usage';
import { useNames } from './words';
import './customers.css';

/** One customer on one screen: where he stands above, a part of his records below. */
export default function Customer(): ReactNode {
  const texts = useTexts(customerTexts);
  const names = useNames();
  const rights = useRights();
  const go = useGo();
  const supply_no = usePart('supply_no');
  const [query, change] = useQueryState();
  const summary = useAsk(['customer', supply_no], () => api.GET('/api/usage-points/{supply_no}/summary', { params: { path: { supply_no } } }));

  const parts: { key: string; title: string; show: () => ReactNode }[] = [
    { key: 'overview', title: texts.overview, show: () => <Overview supply_no={supply_no} hasSiblings={(summary.data?.siblings ?? 0) > 0} isHighVoltage={summary.data?.kind === '01'} /> },
    ...(rights.has('bill.read') ? [{ key: 'bills', title: texts.bills, show: () => <Bills supply_no={supply_no} /> }] : []),
    ...(rights.has('reading.read') ? [{ key: 'usage', title: texts.usage, show: () => <Usage supply_no={supply_no} /> }] : []),
    ...(rights.has('payment.read') ? [{ key: 'payments', title: texts.payments, show: () => <Payments supply_no={supply_no} /> }] : []),
    ...(rights.has('archive.journal') ? [{ key: 'journal', title: texts.journal, show: () => <Events supply_no={supply_no} /> }] : []),
  ];
  const part = parts.find(({ key }) => key === query['part']) ?? parts[0];
  const choose = (key: string) => change({ part: key === 'overview' ? undefined : key });
  useHotkeys(
    texts.sections,
    parts.map(({ key, title }, at) => ({ keys: String(at + 1), does: title, run: () => choose(key) })),
  );
  const counter = counterPage();

  useEffect(() => {
    // Newer browsers answer with a promise, which React would take for what is to be called at the end.
    void window.scrollTo(0, 0);
  }, [supply_no]);

  if (summary.data === undefined) {
    return (
      <>
        <PageHead title={supply_no} />
        <PageState of={summary}>{() => null}</PageState>
      </>
    );
  }
  return (
    <PageState of={summary}>
      {(summary) => (
        <>
          <PageHead
            title={`${summary.name} ${summary.supply_no}`}
            about={[names('category', summary.category), summary.station, summary.address].filter((told) => told != null).join(' · ')}
          >
            {counter === undefined || !rights.hasOne(counter.needs) ? null : (
              <ActButton does={texts.takePayment} keys="p" type="primary" onAct={() => go({ to: counter.path, query: { supply_no } })} />
            )}
          </PageHead>
          <Tiles summary={summary} />
          <div className="parts" role="tablist" aria-label={texts.sections}>
            {parts.map(({ key, title }, at) => (
              <button
                key={key}
                id={`part-${key}`}
                type="button"
                role="tab"
                aria-selected={key === part?.key}
                aria-controls="part"
                tabIndex={key === part?.key ? 0 : -1}
                onClick={() => choose(key)}
                onKeyDown={(event) => {
                  const step = { ArrowRight: 1, ArrowLeft: parts.length - 1 }[event.key];
                  const next = step === undefined ? undefined : parts[(at + step) % parts.length];
                  if (next !== undefined) {
                    choose(next.key);
                    document.getElementById(`part-${next.key}`)?.focus();
                  }
                }}
              >
                {title} <kbd>{at + 1}</kbd>
              </button>
            ))}
          </div>
          <div id="part" role="tabpanel" aria-labelledby={`part-${part?.key ?? ''}`}>
            {part?.show()}
          </div>
        </>
      )}
    </PageState>
  );
}
