import type { ReactNode } from 'react';

import { api, type Schema } from '@/api/client';
import { useRights } from '@/shell/session';
import { GoTo, useAsk } from '@/ui';

import { useBanks } from '../debit/banks';

/** The mandate by which the account is collected now. */
export function useLiveMandate(supply_no: string): Schema<'Mandate'> | undefined {
  const rights = useRights();
  const asked = useAsk(['mandates', supply_no], () => api.GET('/api/mandates', { params: { query: { supply_no, state: 'live', limit: 1 } } }), {
    when: rights.has('mandate.read'),
  });
  return asked.data?.items[0];
}

/** The bank account that is debited for what the customer owes, masked; a dash where there is none. */
export function LiveMandate({ supply_no, mandate }: { supply_no: string; mandate: Schema<'Mandate'> | undefined }): ReactNode {
  const { nameOf } = useBanks();
  return (
    <GoTo to="/mandates" query={{ supply_no }}>
      {mandate === undefined ? '—' : `${nameOf(mandate.bank)} ${mandate.account_no}`}
    </GoTo>
  );
}
