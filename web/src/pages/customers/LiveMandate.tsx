import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { GoTo, useAsk } from '@/ui';

import { useBanks } from '../debit/banks';

/** The bank account that is debited for what the customer owes, masked; a dash where there is none. */
export function LiveMandate({ supply_no }: { supply_no: string }): ReactNode {
  const { nameOf } = useBanks();
  const asked = useAsk(['mandates', supply_no], () => api.GET('/api/mandates', { params: { query: { supply_no, state: 'live', limit: 1 } } }));
  const mandate = asked.data?.items[0];
  return (
    <GoTo to="/mandates" query={{ supply_no }}>
      {mandate === undefined ? '—' : `${nameOf(mandate.bank)} ${mandate.account_no}`}
    </GoTo>
  );
}
