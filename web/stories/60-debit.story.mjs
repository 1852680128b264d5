// A chief cashier has a bank collect: looks at mandates, makes a batch, sends it, loads what the bank answers.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

const localNow = (seconds) => new Date(Date.now() + 8 * 3600_000 + seconds * 1000).toISOString().slice(0, 19);
const BANKS = { zh: ['qhrcb', '青禾'], en: ['lscb', 'Linshui'] };

let stage;
before(async () => {
  stage = await openStage({ customers: 400, seed: 3 });
  // The month that is read becomes bills, so that those under a mandate owe something. What blocks stays behind.
  const [year, month] = localNow(0).split('-').map(Number);
  const cycle = month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`;
  await stage.command('bill', 'issue', '--cycle', cycle).catch((error) => assert.equal(error.code, 1, String(error)));
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'mandates are masked, shown for a reason, entered and ended', async (player) => {
  const { page } = player;
  await player.signIn('chief');
  await player.go('/mandates?state=live');
  const rows = page.getByRole('grid').first().locator('tbody tr');
  assert.ok((await rows.count()) > 20, 'the county has mandates');
  assert.match(await rows.first().innerText(), /\*\*\*\*\d{4}/);
  await player.shot('mandates');
  await rows.nth(1).click();
  await page.getByRole('button', { name: player.say('显示账号', 'Show the account') }).click();
  await player.type('与银行核对扣款账号');
  await player.press('Enter');
  await page.locator('[data-account]', { hasText: /^9900\d{15}$/ }).waitFor();
  await player.shot('mandate-shown');

  // One is ended, and the customer signs anew with another account; both by keys.
  const supply_no = await rows.nth(1).locator('td').first().innerText();
  await page.getByRole('button', { name: player.say('终止协议', 'End the mandate') }).click();
  await player.type('客户换卡');
  await player.press('Enter');
  await page.getByText(player.say('协议已终止，从今天起不再代扣', 'The mandate has ended')).first().waitFor();
  await player.press('Alt+n');
  await player.type(supply_no);
  await player.press('Tab');
  await player.type(BANKS[player.language][1]);
  await page.locator('.ant-select-item-option-active').first().waitFor({ state: 'attached' });
  await player.press('Enter');
  await page.locator('.debit-form .ant-select-open').waitFor({ state: 'detached' });
  await player.press('Tab');
  await player.type(`NEW${player.language}`);
  await player.press('Tab');
  await player.type('张三');
  await player.press('Tab');
  await player.type('12-34');
  player.expect(422, '/api/mandates');
  await player.press('Enter');
  await page.getByText(player.say('银行账号为 8 至 32 位数字', 'a bank account has 8 to 32 digits')).waitFor();
  await player.shot('mandate-refused');
  assert.equal(await page.getByLabel(player.say('协议号', 'Agreement')).first().inputValue(), `NEW${player.language}`);
  await page.getByLabel(player.say('银行账号', 'Bank account')).last().fill('6222000011112222');
  await player.press('Enter');
  await page.getByText(player.say('协议已登记', 'The mandate is on record')).first().waitFor();
});

inBothLanguages(test, () => stage, 'a bank is asked to collect, answers by file, and what it took are payments', async (player) => {
  const { page } = player;
  const [bank, spoken] = BANKS[player.language];
  await player.signIn('chief');
  await player.go('/debit');
  await player.shot('debit-batches');
  await player.press('Alt+n');
  await page.waitForURL('**/debit/new');
  await player.still();
  await page.getByRole('form').getByRole('combobox').first().click();
  await player.type(spoken);
  await page.locator('.ant-select-item-option-active').first().waitFor({ state: 'attached' });
  await player.press('Enter');
  const due = page.getByLabel(player.say('应缴日至', 'Due until'));
  await due.fill(`${Number(localNow(0).slice(0, 4)) + 1}-12-31`);
  await due.press('Enter');
  await page.getByRole('button', { name: player.say('查看', 'Preview') }).click();
  await player.still();
  await player.shot('debit-plan', { fullPage: true });
  await player.press('Control+Enter');
  await page.waitForURL(/\/debit\/\d{12}$/);
  const batch_no = page.url().slice(-12);
  await player.shot('debit-made');

  // The customer of the first line wants to pay now: the debit is withdrawn. That of the second is refused at the counter.
  const lines = page.locator('.panel').last().locator('.data-table').locator('tbody tr');
  await lines.first().getByRole('checkbox').check();
  await page.getByRole('button', { name: player.say('撤回所选', 'Withdraw the chosen') }).click();
  await player.type('客户到柜台缴费');
  await player.press('Enter');
  await lines.first().getByText(player.say('已撤回', 'Withdrawn')).waitFor();
  const supply_no = await lines.nth(1).getByRole('link').first().innerText();

  await player.press('Control+Enter');
  await player.shot('debit-send');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: player.say('确认送盘', 'Send now') }).click();
  const sent = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\r\n').map((line) => line.split(','));
  const [head, ...debits] = sent;
  assert.deepEqual(head.slice(0, 3), ['H', batch_no, bank]);
  assert.equal(Number(head[4]), debits.length);
  assert.ok(debits.length > 5 && debits.every((line) => line[0] === 'D' && /^\d{8,32}$/.test(line[2])), String(debits[0]));
  assert.equal(debits[0][5], supply_no);
  await player.still();
  await player.shot('debit-sent');

  const cashier = await stage.player({ language: player.language });
  await cashier.signIn('cashier');
  await cashier.go('/cashier');
  await cashier.type(supply_no);
  await cashier.press('Enter');
  await cashier.page.getByText(player.say('仍要收取的原因', 'Why take it all the same')).waitFor();
  cashier.expect(409, '/api/payments');
  await cashier.still();
  await cashier.press('Enter', 'Control+Enter');
  await cashier.page.getByRole('alert').first().waitFor();
  await cashier.shot('debit-in-flight');
  await cashier.leave();

  // The first has too little money, the second has closed his account, the others are collected.
  const answer = debits.map(([, line_no, , , amount], at) => {
    const failed = at < 2;
    return [line_no, failed ? '0' : amount, ['01', '04'][at] ?? '00', '', failed ? '' : localNow(-1), bank].join(',');
  });
  const file = join(stage.data, `results-${bank}.csv`);
  await writeFile(file, `line_no,amount,result_code,result_text,debited_at,bank\n${answer.join('\n')}\n`);
  await page.getByRole('link', { name: player.say('导入回盘文件', 'Import the answer') }).click();
  await page.waitForURL('**/imports?kind=debit-results');
  await player.still();
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByText(`results-${bank}.csv`).first().waitFor();
  await player.press('Control+Enter');
  await page.waitForURL('**/long-work/**');
  await page.getByText(player.say('已完成', 'done'), { exact: true }).first().waitFor();
  await player.go(`/debit/${batch_no}`);
  await page.getByText(player.say('已回盘', 'answered')).first().waitFor();
  await player.shot('debit-answered', { fullPage: true });
  const failures = page.locator('.panel', { hasText: player.say('失败原因', 'Why debits failed') }).first().locator('.data-table').locator('tbody tr');
  assert.equal(await failures.count(), 2);
  await failures.filter({ hasText: '04' }).click();
  await player.still();
  assert.equal(await lines.count(), 1);
  assert.match(await lines.first().innerText(), new RegExp(player.say('账户已销户', 'the account is closed')));

  const chief = await stage.as('chief');
  const { items } = await chief(`/api/payments?channel=${bank}&limit=200`);
  const paid = new Map(items.map((payment) => [payment.reference, payment.amount]));
  const collected = debits.slice(2);
  assert.deepEqual(collected.map(([, line_no]) => paid.get(line_no)), collected.map(([, , , , amount]) => amount));
  await player.go('/debit');
  await player.shot('debit-after');
});
