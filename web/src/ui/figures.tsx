import type { ReactNode } from 'react';

import { useLanguage } from './language';

/**
 * Figures as the API writes them: decimal text. They are grouped and added here without ever
 * becoming a float; a chart alone draws approximately.
 */
export function grouped(text: string): string {
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (match === null) {
    return text;
  }
  const [, sign = '', whole = '', rest = ''] = match;
  return `${sign === '' ? '' : '−'}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

/** How many: `counted(12345) === '12,345'`. */
export function counted(number: number): string {
  return grouped(String(number));
}

/** Whether an amount in decimal text is zero, however many places it has. */
export function isNothing(amount: string): boolean {
  return /^-?0(\.0*)?$/.test(amount);
}

/** Yuan as decimal text in fen, or null where it is no amount: `fenOf('12.5') === 1250n`. */
export function fenOf(text: string): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d{0,2}))?$/.exec(text.trim());
  if (match === null) {
    return null;
  }
  const [, sign = '', whole = '0', rest = ''] = match;
  const fen = BigInt(whole) * 100n + BigInt(rest.padEnd(2, '0'));
  return sign === '' ? fen : -fen;
}

/** Fen as yuan in decimal text: `yuanOf(1250n) === '12.50'`. */
export function yuanOf(fen: bigint): string {
  const digits = (fen < 0n ? -fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The sum of amounts in decimal text. */
export function sumYuan(amounts: readonly string[]): string {
  return yuanOf(amounts.reduce((sum, amount) => sum + (fenOf(amount) ?? 0n), 0n));
}

type Shown = { value: string | null | undefined; unit?: boolean; strong?: boolean };

/** An amount in yuan. */
export function Money({ value, unit = false, strong = false }: Shown): ReactNode {
  const language = useLanguage();
  if (value === null || value === undefined) {
    return <Absent />;
  }
  const className = `figure${strong ? ' strong' : ''}${value.startsWith('-') ? ' negative' : ''}`;
  const shown = grouped(value);
  if (!unit) {
    return <span className={className}>{shown}</span>;
  }
  return <span className={className}>{language === 'zh' ? `${shown} 元` : `¥${shown}`}</span>;
}

/** What is more has a plus and is red, what is less a minus and is green: colour is never the only sign. */
export function Difference({ value, strong = false, unit = false }: Shown & { value: string }): ReactNode {
  const tone = isNothing(value) ? '' : value.startsWith('-') ? ' less' : ' more';
  return (
    <span className={`difference${tone}${strong ? ' strong' : ''}`}>
      {tone === ' more' ? '+' : ''}
      <Money value={value} unit={unit} />
    </span>
  );
}

/** Energy in kWh. */
export function Kwh({ value, unit = false, strong = false }: Shown): ReactNode {
  const language = useLanguage();
  if (value === null || value === undefined) {
    return <Absent />;
  }
  const after = unit ? (language === 'zh' ? ' 千瓦时' : ' kWh') : '';
  return <span className={`figure${strong ? ' strong' : ''}`}>{`${grouped(value)}${after}`}</span>;
}

/** A civil day `2016-08-31`, a month `2016-08`: as they are, they can be read in both languages. */
export function Day({ value }: { value: string | null | undefined }): ReactNode {
  return value === null || value === undefined ? <Absent /> : <time className="figure" dateTime={value}>{value}</time>;
}

/** An instant as the clocks of the bureau show it: `2016-09-01 09:30:00`. */
export function Instant({ value, seconds = false }: { value: string | null | undefined; seconds?: boolean }): ReactNode {
  if (value === null || value === undefined) {
    return <Absent />;
  }
  return <time className="figure" dateTime={value} title={value}>{localInstant(value, seconds)}</time>;
}

const ZONE = 'Asia/Shanghai';

export function localInstant(value: string, seconds = false): string {
  const instant = new Date(value);
  if (Number.isNaN(instant.getTime())) {
    return value;
  }
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: ZONE,
    dateStyle: 'short',
    timeStyle: seconds ? 'medium' : 'short',
  });
  return format.format(instant);
}

/** The civil day of now in the bureau's zone. */
export function today(): string {
  return localInstant(new Date().toISOString()).slice(0, 10);
}

/** `2016-08` and so many months later or earlier. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const count = year * 12 + (number - 1) + months;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`;
}

function Absent(): ReactNode {
  return <span className="absent">—</span>;
}
