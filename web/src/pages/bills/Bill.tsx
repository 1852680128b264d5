import { FilePdfOutlined } from '@ant-design/icons';
import { useState, type ReactNode } from 'react';

import { api, askFile, type Schema } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useRights } from '@/shell/session';
import { ActButton, DataTable, Day, GoTo, Kwh, Money, PageHead, PageState, grouped, useAsk, useGo, usePart, useSay, useTexts, useWords, type Column } from '@/ui';

import { useTariffNames } from '../customers/words';
import { millionthsOf, percentOf } from '../prices/decimals';
import { useTerm } from '../prices/terms';
import { pages } from '../registry';
import { AsOf } from './AsOf';
import { Comparison } from './Comparison';
import { billTexts } from './texts';
import './bills.css';

type InFull = Schema<'BillInFull'>;
type Line = Schema<'BillLine'>;
type Read = Schema<'BillRead'>;

/** One bill: what it comes to, each line and its basis, how it was computed, and why it differs. */
export default function Bill(): ReactNode {
  const bill_no = usePart('bill_no');
  const bill = useAsk(['bill', bill_no], () => api.GET('/api/bills/{bill_no}', { params: { path: { bill_no } } }));
  return (
    <PageState of={bill}>
      {(bill) => (
        <>
          <Head bill={bill} />
          <Figures bill={bill} />
          <div className="columns bill">
            <div>
              <Lines bill={bill} />
              <Reads bill={bill} />
              <Explanation bill_no={bill_no} />
              <AsOf key={bill_no} bill_no={bill_no} />
            </div>
            <Comparison key={bill_no} bill_no={bill_no} supply_no={bill.head.supply_no} />
          </div>
        </>
      )}
    </PageState>
  );
}

function Head({ bill: { head } }: { bill: InFull }): ReactNode {
  const texts = useTexts(billTexts);
  const names: Record<string, unknown> = texts;
  const rights = useRights();
  const go = useGo();
  const workbench = pages.find((page) => page.path === '/billing');
  return (
    <PageHead
      title={texts.title(head.bill_no)}
      about={
        <>
          <GoTo to="/customers/$supply_no" params={{ supply_no: head.supply_no }} query={{ part: 'bills' }}>
            {texts.customer(head.supply_no)}
          </GoTo>{' '}
          <span className={`tag ${head.status === 'issued' ? 'good' : head.status === 'reversal' ? 'warn' : 'bad'}`}>{String(names[`status_${head.status}`])}</span>{' '}
          {head.replaces == null ? null : (
            <GoTo to="/bills/$bill_no" params={{ bill_no: head.replaces }}>
              {head.status === 'reversal' ? texts.reverses(head.replaces) : texts.replaces(head.replaces)}
            </GoTo>
          )}
        </>
      }
    >
      {head.status === 'issued' && rights.has('bill.cancel') && workbench !== undefined ? (
        <ActButton does={texts.workbench} onAct={() => go({ to: workbench.path, query: { cycle: head.cycle, bill_no: head.bill_no } })} />
      ) : null}
      <Pdf bill_no={head.bill_no} />
    </PageHead>
  );
}

function Pdf({ bill_no }: { bill_no: string }): ReactNode {
  const texts = useTexts(billTexts);
  const say = useSay();
  const [isRunning, setRunning] = useState(false);
  async function open(): Promise<void> {
    setRunning(true);
    try {
      const file = await askFile(`/api/bills/${encodeURIComponent(bill_no)}/bill.pdf`);
      const url = URL.createObjectURL(file);
      const link = document.createElement('a');
      link.href = url;
      link.download = `${bill_no}.pdf`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      say.problem(asProblem(error));
    } finally {
      setRunning(false);
    }
  }
  return <ActButton does={texts.pdf} keys="f" icon={<FilePdfOutlined />} loading={isRunning} onAct={() => void open()} />;
}

function Figures({ bill: { head } }: { bill: InFull }): ReactNode {
  const texts = useTexts(billTexts);
  const tariff = useTariffNames()(head.tariff);
  const tiles: [string, ReactNode, string][] = [
    [texts.amount, <Money key="amount" value={head.amount} unit strong />, texts.issuedOn(head.issued_on)],
    [texts.kwh, <Kwh key="kwh" value={head.kwh} unit />, head.cycle],
    [texts.period, <span key="period" className="figure">{head.period_from.slice(5)} – {head.period_to.slice(5)}</span>, texts.days(daysOf(head.period_from, head.period_to))],
    [texts.dueOn, <Day key="due" value={head.due_on} />, ''],
    [texts.tariff, <span key="tariff" className="small">{tariff}</span>, texts.version(head.tariff_version)],
  ];
  return (
    <div className="tiles">
      {tiles.map(([name, value, hint]) => (
        <div key={name} className="tile">
          <div className="name">{name}</div>
          <div className="value">{value}</div>
          <div className="hint">{hint}</div>
        </div>
      ))}
    </div>
  );
}

function daysOf(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

function Lines({ bill }: { bill: InFull }): ReactNode {
  const texts = useTexts(billTexts);
  const word = useTerm();
  const names: Record<string, unknown> = texts;
  const nameOf = (line: Line): string => {
    const register = line.register == null || line.register === 'total' ? '' : ` · ${String(names[`reg_${line.register}`] ?? line.register)}`;
    const kind = line.code.split('.')[0];
    const name = kind === 'tier' ? texts.tier(line.tier ?? 0) : kind === 'relief' ? texts.relief : kind === 'energy' ? texts.energy : word(`line.${line.code}`);
    return `${name}${register}`;
  };
  const columns: Column<Line>[] = [
    { key: 'name', title: texts.line, show: nameOf },
    {
      key: 'quantity',
      title: texts.quantity,
      align: 'right',
      show: (line) => (
        <>
          <span className="figure">{grouped(line.quantity)}{line.share == null ? '' : ` × ${line.share}`}</span>
          <div className="small when-narrow">{word(`unit.${line.unit}`)}</div>
        </>
      ),
    },
    { key: 'unit', title: texts.unit, show: (line) => word(`unit.${line.unit}`), minor: true },
    { key: 'price', title: texts.price, align: 'right', show: (line) => <span className="figure">{line.unit === 'yuan' ? `${percentOf(millionthsOf(line.price))}%` : line.price}</span> },
    { key: 'amount', title: texts.lineAmount, align: 'right', show: (line) => <Money value={line.amount} /> },
  ];
  return (
    <section className="panel">
      <h2>{texts.lines}</h2>
      <DataTable
        label={texts.lines}
        columns={columns}
        rows={bill.lines}
        rowKey={(line) => `${line.code} ${line.quantity} ${line.price} ${bill.lines.indexOf(line)}`}
        foot={
          <tr>
            <th scope="row">{texts.total}</th>
            <td />
            <td className="minor" />
            <td />
            <td className="right">
              <Money value={bill.head.amount} strong />
            </td>
          </tr>
        }
      />
    </section>
  );
}

function Reads({ bill }: { bill: InFull }): ReactNode {
  const texts = useTexts(billTexts);
  const names: Record<string, unknown> = texts;
  const state = (of: Read['from']) => (
    <>
      <span className="figure">{of.value}</span>
      <div className="small">
        {of.on} <span className={`tag${of.kind === 'estimated' ? ' warn' : ''}`}>{String(names[`kind_${of.kind}`] ?? of.kind)}</span>
      </div>
    </>
  );
  const words = useWords();
  const columns: Column<Read>[] = [
    { key: 'meter', title: texts.meter, show: (read) => <span className="figure">{read.meter_no}</span> },
    { key: 'register', title: texts.register, show: (read) => String(names[`reg_${read.register}`] ?? read.register) },
    { key: 'from', title: texts.from, align: 'right', show: (read) => state(read.from) },
    { key: 'to', title: texts.to, align: 'right', show: (read) => state(read.to) },
    { key: 'multiplier', title: texts.multiplier, align: 'right', show: (read) => read.multiplier, minor: true },
    {
      key: 'counted',
      title: texts.counted,
      align: 'right',
      show: (read) => (
        <>
          <Kwh value={read.quantity} />{read.unit === 'kWh' ? null : ` ${read.unit}`}
          <div className="small">
            {read.rolled_over ? <span className="tag warn">{texts.rolledOver}</span> : null}
            {!read.check ? null : <span className="tag">{texts.checkOnly}</span>}
            {read.adjusted.map((part) => (
              <div key={part.en}>{words(part)}</div>
            ))}
          </div>
        </>
      ),
    },
  ];
  return (
    <section className="panel">
      <h2>{texts.reads}</h2>
      <DataTable label={texts.reads} columns={columns} rows={bill.reads} rowKey={(read) => `${read.meter_no} ${read.register} ${read.to.on}`} />
    </section>
  );
}

function Explanation({ bill_no }: { bill_no: string }): ReactNode {
  const texts = useTexts(billTexts);
  const words = useWords();
  const steps = useAsk(['explanation', bill_no], () => api.GET('/api/bills/{bill_no}/explanation', { params: { path: { bill_no } } }));
  return (
    <section className="panel">
      <h2>{texts.explanation}</h2>
      <PageState of={steps}>
        {(steps) => (
          <ol className="steps">
            {steps.map((step, at) => (
              <li key={at}>{words(step)}</li>
            ))}
          </ol>
        )}
      </PageState>
    </section>
  );
}
