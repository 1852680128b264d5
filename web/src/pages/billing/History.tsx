import type { ReactNode } from 'react';

import { useTexts } from '@/ui';

import type { Exception } from './desk';
import { billingTexts } from './texts';

const WIDTH = 110;
const HEIGHT = 26;

/** Twelve months of use and the draft beside them, small; the figures stand in the table and below it. */
export function History({ exception }: { exception: Exception }): ReactNode {
  const texts = useTexts(billingTexts);
  const past = exception.past.slice(-12);
  const bars = [...past.map(({ kwh, cycle }) => ({ kwh, cycle, isNow: false })), ...(exception.kwh == null ? [] : [{ kwh: exception.kwh, cycle: texts.now, isNow: true }])];
  const most = Math.max(1, ...bars.map(({ kwh }) => Number(kwh)));
  const step = WIDTH / 13;
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={texts.historyLabel(exception.supply_no)} className="history">
      <line x1={0} y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} />
      {bars.map(({ kwh, cycle, isNow }, at) => {
        const height = Math.max(1, (Number(kwh) / most) * (HEIGHT - 2));
        return (
          <rect key={`${cycle} ${at}`} x={at * step + 1} y={HEIGHT - height} width={step - 2} height={height} className={isNow ? 'now' : ''}>
            <title>{`${cycle}: ${kwh} kWh`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
