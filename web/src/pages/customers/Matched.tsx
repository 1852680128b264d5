import type { ReactNode } from 'react';

import type { Schema } from '@/api/client';
import { useTexts } from '@/ui';

import { findTexts } from './texts';

/** Why somebody was found; a forgiven slip is seen at once. */
export function Matched({ of }: { of: Schema<'Matched'> }): ReactNode {
  const texts: Record<string, unknown> = useTexts(findTexts);
  const field = of.field == null ? '' : `${String(texts[`field_${of.field}`] ?? of.field)} `;
  const slip = of.how === 'alike' || of.how === 'near';
  return <span className={`tag${slip ? ' warn' : ''}`}>{`${field}${String(texts[`how_${of.how}`] ?? of.how)}`}</span>;
}
