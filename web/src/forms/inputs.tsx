import { DatePicker, Input, type InputRef } from 'antd';
import dayjs from 'dayjs';
import type { ComponentProps, ReactNode, Ref } from 'react';

import { fenOf, yuanOf } from '@/ui/figures';

type TextProps = Omit<ComponentProps<typeof Input>, 'value' | 'onChange' | 'ref'>;
type Own = { value: string; onChange: (value: string) => void; ref?: Ref<InputRef> };

/** An amount in yuan as decimal text. What cannot be an amount is not taken; leaving the field writes two decimals. */
export function MoneyInput({ value, onChange, ...rest }: TextProps & Own): ReactNode {
  return (
    <Input
      {...rest}
      className="figure"
      inputMode="decimal"
      autoComplete="off"
      value={value}
      onChange={(event) => {
        const text = ascii(event.target.value).replace(/[,，\s¥￥]/g, '');
        if (/^-?\d{0,12}(\.\d{0,2})?$/.test(text)) {
          onChange(text);
        }
      }}
      onBlur={(event) => {
        const fen = fenOf(value);
        if (value !== '' && fen !== null) {
          onChange(yuanOf(fen));
        }
        rest.onBlur?.(event);
      }}
    />
  );
}

/** A number of kWh or a meter's state: digits and at most so many decimals. */
export function FigureInput({ value, onChange, decimals = 3, ...rest }: TextProps & Own & { decimals?: number }): ReactNode {
  const shape = new RegExp(decimals === 0 ? '^\\d*$' : `^\\d*(\\.\\d{0,${decimals}})?$`);
  return (
    <Input
      {...rest}
      className="figure"
      inputMode="decimal"
      autoComplete="off"
      value={value}
      onChange={(event) => {
        const text = ascii(event.target.value).replace(/[,，\s]/g, '');
        if (shape.test(text)) {
          onChange(text);
        }
      }}
    />
  );
}

/** Digits and points as a Chinese input method writes them. */
function ascii(text: string): string {
  return text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)).replace(/[。．]/g, '.').replace(/－/g, '-');
}

type PickerProps = Omit<ComponentProps<typeof DatePicker>, 'value' | 'onChange' | 'picker' | 'format'>;
type OwnDay = { value: string | null; onChange: (value: string | null) => void };

/** A civil day, `2016-08-31`; it can be typed as 20160831 too. */
export function DayInput({ value, onChange, ...rest }: PickerProps & OwnDay): ReactNode {
  return (
    <DatePicker
      {...rest}
      format={['YYYY-MM-DD', 'YYYYMMDD', 'YYYY-M-D', 'YYYY/M/D']}
      value={value === null || value === '' ? null : dayjs(value)}
      onChange={(day) => onChange(dayjs.isDayjs(day) ? day.format('YYYY-MM-DD') : null)}
    />
  );
}

/** A calendar month, `2016-08`; it can be typed as 201608 too. */
export function MonthInput({ value, onChange, ...rest }: PickerProps & OwnDay): ReactNode {
  return (
    <DatePicker
      {...rest}
      picker="month"
      format={['YYYY-MM', 'YYYYMM', 'YYYY-M', 'YYYY/M']}
      value={value === null || value === '' ? null : dayjs(`${value}-01`)}
      onChange={(month) => onChange(dayjs.isDayjs(month) ? month.format('YYYY-MM') : null)}
    />
  );
}
