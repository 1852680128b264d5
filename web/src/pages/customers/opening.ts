import { useRights } from '@/shell/session';
import { useGo } from '@/ui';

import { pages, type Page } from '../registry';
import type { Found } from './useSearch';

/** Where money is taken: the page that asks the right for it. */
export function counterPage(): Page | undefined {
  return pages.find((page) => page.nav !== undefined && page.needs.includes('payment.take'));
}

/**
 * Opens who was found. A cashier finds customers of every station; of those that are not his own
 * he sees what there is to pay.
 */
export function useOpenFound(): (found: Found) => void {
  const rights = useRights();
  const go = useGo();
  return ({ supply_no, station }) => {
    const stations = rights.stations('archive.read');
    const counter = counterPage();
    if (stations === null || stations.includes(station) || counter === undefined) {
      go({ to: '/customers/$supply_no', params: { supply_no } });
    } else {
      go({ to: counter.path, query: { supply_no } });
    }
  };
}
