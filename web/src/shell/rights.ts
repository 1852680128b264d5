import type { Words } from '@/api/problem';

/** What each right lets one do, in the words of the trade. */
const RIGHTS: Readonly<Record<string, Words>> = {
  'archive.read': { zh: '查看客户档案', en: 'see customers' },
  'archive.journal': { zh: '查看客户操作日志', en: 'see the journal of a customer' },
  'archive.unmask': { zh: '查看客户完整信息', en: 'see personal data in full' },
  'archive.import': { zh: '导入客户档案', en: 'import customers' },
  'arrears.read': { zh: '查看欠费与应收实收', en: 'see arrears, receivable and received' },
  'bill.read': { zh: '查看账单', en: 'see bills' },
  'bill.print': { zh: '打印账单', en: 'print bills' },
  'bill.trial': { zh: '试算', en: 'try bills' },
  'bill.approve': { zh: '审核电费', en: 'approve bills' },
  'bill.issue': { zh: '发行电费', en: 'issue bills' },
  'bill.cancel': { zh: '作废账单', en: 'cancel bills' },
  'book.manage': { zh: '维护抄表段', en: 'keep reading books' },
  'closing.read': { zh: '查看日终结账', en: 'see the close of day' },
  'closing.close': { zh: '日终结账', en: 'close the day' },
  'closing.settle': { zh: '了结差异', en: 'settle differences' },
  'journal.read': { zh: '查看系统日志', en: 'see the whole journal' },
  'ledger.read': { zh: '查看总账', en: 'see the ledger' },
  'payment.read': { zh: '查看收款记录', en: 'see payments' },
  'payment.take': { zh: '收费', en: 'take payments' },
  'payment.reverse': { zh: '红冲收款、申请退费', en: 'reverse payments, ask for refunds' },
  'payment.approve-reversal': { zh: '审批红冲与退费', en: 'approve reversals and refunds' },
  'payment.waive': { zh: '减免违约金', en: 'forgo late charges' },
  'payment.import': { zh: '导入收费', en: 'import payments' },
  'person.manage': { zh: '管理人员与权限', en: 'manage people and rights' },
  'reading.read': { zh: '查看抄表', en: 'see readings' },
  'reading.import': { zh: '导入与补录读数', en: 'import and enter readings' },
  'reading.decide': { zh: '复核读数', en: 'decide on readings' },
  'reading.over-limit': { zh: '超限读数复核', en: 'decide beyond the limit' },
  'reading.void': { zh: '作废读数', en: 'void readings' },
  'statement.import': { zh: '导入对账单', en: 'load statements' },
  'statement.match': { zh: '勾对银行流水', en: 'match lines of the bank' },
  'tariff.read': { zh: '查看电价', en: 'see prices' },
  'tariff.upload': { zh: '上传电价包', en: 'upload tariff packs' },
  'tariff.approve': { zh: '审核电价包', en: 'approve tariff packs' },
  'till.close': { zh: '点钞与钱箱结账', en: 'count and close a till' },
  'till.reopen': { zh: '重新打开钱箱', en: 'reopen a till' },
  'work.own': { zh: '查看本人长任务', en: 'see own long work' },
  'work.manage': { zh: '管理他人长任务', en: 'manage the long work of others' },
};

/** A right that is newer than these words is called by its code. */
export function rightName(right: string): Words {
  return RIGHTS[right] ?? { zh: right, en: right };
}
