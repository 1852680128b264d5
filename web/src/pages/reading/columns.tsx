import type { Schema } from '@/api/client';
import { useTexts, type Column } from '@/ui';

import { readingTexts } from './texts';
import { useRegisterWord } from './work';

type OfSite = { site: Schema<'ReadingSite'>; register: string };

type SiteColumns = {
  customer: Column<OfSite>;
  /** Names the register too, unless the meter has but one: for lists without the meter. */
  customerAndRegister: Column<OfSite>;
  meter: Column<OfSite>;
};

/** Whose register a row is about, said the same in every list of the workbench. */
export function useSiteColumns(): SiteColumns {
  const texts = useTexts(readingTexts);
  const word = useRegisterWord();
  const customer: Column<OfSite> = {
    key: 'customer',
    title: texts.customer,
    show: ({ site }) => (
      <>
        <span className="figure">{site.supply_no}</span> {site.name}
      </>
    ),
  };
  return {
    customer,
    customerAndRegister: {
      ...customer,
      show: (row) => (
        <>
          {customer.show(row)} {row.register === 'total' ? null : <span className="tag">{word(row.register)}</span>}
        </>
      ),
    },
    meter: {
      key: 'meter',
      title: texts.meter,
      show: ({ site, register }) => (
        <>
          <span className="figure">{site.meter_no}</span> {word(register)}
        </>
      ),
    },
  };
}
