import { Select } from 'antd';
import type { ReactNode } from 'react';

import { api } from '@/api/client';
import { useAsk, useWords } from '@/ui';

type Props = { value: string; onChange: (code: string) => void; id?: string };

/** One of the price lists, found by its name; its code is given. */
export function TariffSelect({ value, onChange, ...field }: Props): ReactNode {
  const words = useWords();
  const tariffs = useAsk(['tariffs'], () => api.GET('/api/tariffs'), { isLasting: true });
  return (
    <Select
      {...field}
      value={value === '' ? null : value}
      showSearch={{ optionFilterProp: 'label' }}
      options={(tariffs.data ?? []).map(({ code, name }) => ({ value: code, label: words(name) }))}
      onChange={(code: string) => onChange(code)}
    />
  );
}
