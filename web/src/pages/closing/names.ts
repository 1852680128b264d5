import type { closingTexts } from './texts';

type Words = { [Key in keyof (typeof closingTexts)['zh']]: (typeof closingTexts)['zh'][Key] extends string ? string : unknown };

/** A method or a channel in words; of a channel that takes in several ways both, `agency cash`. What has no name keeps its code. */
export function methodName(method: string, texts: Words): string {
  const names: Record<string, string> = {
    cash: texts.cashMethod,
    pos: texts.pos,
    cheque: texts.cheque,
    voucher: texts.voucher,
    wechat: texts.wechat,
    alipay: texts.alipay,
    transfer: texts.transfer,
    'bank-debit': texts.bankDebit,
    bank: texts.bankChannel,
    agency: texts.agency,
  };
  return method
    .split(' ')
    .map((word) => names[word] ?? word)
    .join(' · ');
}
