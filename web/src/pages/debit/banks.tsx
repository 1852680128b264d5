import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { Field, useAsk, useTexts, useWords } from '@/ui';

import { debitTexts } from './texts';

export type Bank = Schema<'DebitBank'>;

/** The banks of the bureau, and what to call them and their codes. */
export function useBanks(): { banks: readonly Bank[]; nameOf: (code: string) => string; meaningOf: (bank: string, code: string) => string } {
  const words = useWords();
  const rights = useRights();
  const asked = useAsk(['debit-banks'], () => api.GET('/api/debit-banks'), { when: rights.has('mandate.read'), isLasting: true });
  const banks = asked.data ?? [];
  const of = (code: string) => banks.find((bank) => bank.code === code);
  return {
    banks,
    nameOf: (code) => {
      const bank = of(code);
      return bank === undefined ? code : words(bank.label);
    },
    meaningOf: (bank, code) => {
      const known = of(bank)?.codes.find((known) => known.code === code);
      return known === undefined ? code : `${code} ${words(known.label)}`;
    },
  };
}

/** A bank to narrow a list by, or to be chosen for good where `must` is set. */
export function BankField({ value, onGiven, must = false, error }: { value: string | undefined; onGiven: (bank: string | undefined) => void; must?: boolean; error?: string | undefined }): ReactNode {
  const texts = useTexts(debitTexts);
  const { banks, nameOf } = useBanks();
  const all = must ? [] : [{ value: '', label: texts.anyBank }];
  return (
    <Field label={texts.bank} width={must ? 300 : 240} required={must} error={error}>
      <Select
        value={value ?? (must ? undefined : '')}
        showSearch={{ optionFilterProp: 'label' }}
        options={[...all, ...banks.map(({ code }) => ({ value: code, label: nameOf(code) }))]}
        onChange={(code: string) => onGiven(code === '' ? undefined : code)}
      />
    </Field>
  );
}

/** Parts of a query that are there. */
export function given<Parts extends Record<string, string | undefined>>(parts: Parts): Partial<Record<keyof Parts, string>> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== '')) as Partial<Record<keyof Parts, string>>;
}
