import type { ReactNode } from 'react';

import { Difference, Money, PageState, counted, grouped, useTexts } from '@/ui';

import { Bands } from './Bands';
import { Changes, Unpriced } from './Bills';
import { Groups } from './Groups';
import { Percent, shareOf, type Sums, type Trial } from './parts';
import { trialTexts } from './texts';

/** What a trial came to: in all, by how much, and whose bills. */
export function Result({ trial, sums }: { trial: Trial; sums: Sums }): ReactNode {
  const texts = useTexts(trialTexts);
  const { total } = trial;
  const isEmpty = total.bills === 0 && total.unpriced === 0;
  const isPriced = total.bills > 0;
  return (
    <PageState of={{ data: sums, isPending: false, problem: null }} isEmpty={() => isEmpty} empty={texts.empty}>
      {(sums) => (
        <>
          <Tiles trial={trial} />
          {sums.unpriced.length === 0 ? null : <Unpriced trial={trial} reasons={sums.unpriced} />}
          {isPriced ? (
            <>
              <div className="columns trial-halves">
                <Bands title={texts.byAmount} head={texts.band} bands={sums.by_amount} total={total} kind="yuan" />
                <Bands title={texts.byShare} head={texts.shareBand} bands={sums.by_share} baseless={sums.baseless} total={total} kind="percent" />
              </div>
              {sums.by_month.length < 2 ? null : <Groups of="month" title={texts.byMonth} parts={sums.by_month} total={total} />}
              <Groups of="category" title={texts.byCategory} parts={sums.by_category} total={total} />
              <Groups of="station" title={texts.byStation} parts={sums.by_station} total={total} />
              <div className="columns trial-halves">
                <Changes title={texts.up} changes={sums.up} empty={texts.noUp} />
                <Changes title={texts.down} changes={sums.down} empty={texts.noDown} />
              </div>
            </>
          ) : null}
        </>
      )}
    </PageState>
  );
}

function Tiles({ trial: { total } }: { trial: Trial }): ReactNode {
  const texts = useTexts(trialTexts);
  const ofAll = (bills: number) => texts.ofBills(shareOf(bills, total.bills));
  const averages = total.average_now == null || total.average_new == null ? '—' : texts.perKwh(total.average_now, total.average_new);
  const tiles: [string, ReactNode, ReactNode][] = [
    [texts.now, <Money key="now" value={total.now} unit />, texts.billsOf(counted(total.bills))],
    [texts.new, <Money key="new" value={total.new} unit />, texts.energyOf(grouped(total.kwh))],
    [texts.differenceOf, <Difference key="difference" value={total.difference} unit strong />, <Percent key="percent" value={total.percent} />],
    [texts.average, <span key="average" className="figure trial-average">{averages}</span>, texts.averageUnit],
    [`↑ ${texts.more}`, texts.billsOf(counted(total.more)), <><Difference value={total.rise} unit /> · {ofAll(total.more)}</>],
    [`↓ ${texts.less}`, texts.billsOf(counted(total.less)), <><Difference value={total.fall} unit /> · {ofAll(total.less)}</>],
    [`= ${texts.same}`, texts.billsOf(counted(total.same)), ofAll(total.same)],
    [texts.unpriced, <span key="unpriced" className={total.unpriced === 0 ? undefined : 'negative'}>{texts.billsOf(counted(total.unpriced))}</span>, total.unpriced === 0 ? texts.noUnpriced : texts.unpricedHint],
  ];
  return (
    <div className="tiles trial-tiles">
      {tiles.map(([name, value, hint]) => (
        <div key={name} className="tile">
          <div className="name">{name}</div>
          <div className="value">{value}</div>
          <div className="trial-more">{hint}</div>
        </div>
      ))}
    </div>
  );
}
