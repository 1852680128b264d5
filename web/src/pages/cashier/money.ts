import { fenOf, yuanOf } from '@/ui';

/** How money comes at a counter, with the key that chooses it. */
export const METHODS = ['cash', 'pos', 'cheque', 'voucher', 'transfer', 'wechat', 'alipay'] as const;
export type Method = (typeof METHODS)[number];

/** What the API calls things that have a name here: a payment's method and kind, and what a share is for. */
export type Word = Method | 'bank-debit' | 'payment' | 'reversal' | 'refund' | 'debt' | 'late-charge' | 'prepayment';

/** What else a method needs told. */
export const hasBank = (method: Method): boolean => method === 'cheque' || method === 'voucher';
export const hasNumber = (method: Method): boolean => method !== 'cash' && method !== 'wechat' && method !== 'alipay';

/** How much `amount` is above or below what is due; null where it is no amount. */
export function beside(amount: string, total: string): { over: string | null; rest: string | null } | null {
  const taken = fenOf(amount);
  const due = fenOf(total);
  if (taken === null || due === null || taken <= 0n) {
    return null;
  }
  return { over: taken > due ? yuanOf(taken - due) : null, rest: taken < due ? yuanOf(due - taken) : null };
}

/** Change for cash; null where too little was handed over or nothing was typed. */
export function changeOf(amount: string, tendered: string): string | null {
  const taken = fenOf(amount);
  const given = fenOf(tendered);
  return taken === null || given === null || given < taken ? null : yuanOf(given - taken);
}
