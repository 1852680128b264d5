// The close of a day: a cashier hands over, the bank's statement is matched, a wrong match is undone, the day is closed and
// gives its sealed figures. A day closes once: each language has a bureau of its own.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { inTwoBureaus } from './stage.mjs';

inTwoBureaus(test, { customers: 60 }, 'a day is matched with the bank and closed', async (player) => {
  const { stage } = player;
  const [whoOwesNothing] = (await stage.whoOwes()).others;
  await player.signIn('cashier');
  await handOver(player, whoOwesNothing);
  await player.page.context().clearCookies();
  await player.signIn('chief');
  await loadStatement(player, await today(stage));
  await partAndMatch(player);
  await closeDay(player);
});

async function today(stage) {
  return (await (await stage.as('cashier'))('/api/till')).day;
}

/** Fifty yuan ahead, counted and handed over with a slip. */
async function handOver(player, supply_no) {
  const { page } = player;
  await player.go(`/cashier?supply_no=${supply_no}`);
  await page.locator('.basket tr.of').filter({ hasText: supply_no }).waitFor();
  assert.equal(new URL(page.url()).search, '', 'who was sent stands in the basket, not in the address');
  await player.press('Enter');
  await player.type('50.00');
  await player.press('Alt+y', 'Enter', 'Enter');
  await page.locator('.taken').waitFor();
  await player.go('/till');
  await player.press(...Array.from({ length: 8 }, () => 'Enter'));
  await player.type('50.00');
  await player.press('Control+Enter');
  await page.locator('.tag.good').first().waitFor();
  await player.type('SLIP-9');
  await player.press('Enter');
  await page.getByText(player.say('今天不能再收款', 'takes no more payments today')).waitFor();
}

/** The only deposit of the amount is matched at once. */
async function loadStatement(player, day) {
  const { page } = player;
  await player.go('/imports?kind=bank-statement');
  const text = `account,value_date,amount,reference,text\n3201040160000123456,${day},50.00,LINE-1,cash\n`;
  await page.locator('input[type=file]').setInputFiles({ name: 'bank.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await player.press('Control+Enter');
  await page.waitForURL(/\/long-work\//);
  await page.locator('.work-outcome').waitFor();
  await player.shot('statement-loaded');
  await player.go('/imports');
  await page.getByText(player.say('载入 1 行', '1 loaded')).waitFor();
}

async function partAndMatch(player) {
  const { page } = player;
  await player.go('/closing');
  await page.getByText(player.say('上月以来全部', 'All since last month')).click();
  const line = page.locator('.data-table tbody tr').filter({ hasText: 'LINE-1' });
  await line.locator('.tag.good').waitFor();
  await line.click();
  await page.locator('form.reason input').fill(player.say('金额相同但不是这笔', 'the same amount, another payment'));
  await player.shot('closing-unmatch');
  await player.press('Enter');
  await page.locator('form.reason').waitFor({ state: 'detached' });

  await page.getByText(player.say('未勾对', 'Not matched'), { exact: true }).click();
  await line.click();
  await page.locator('.till-columns input[type=checkbox]').first().check();
  await page.locator('form.reason input').fill(player.say('银行确认是这笔', 'the bank says that it is this one'));
  await player.shot('closing-match');
  await player.press('Enter');
  await page.locator('form.reason').waitFor({ state: 'detached' });
  await line.waitFor({ state: 'detached' });
}

async function closeDay(player) {
  const { page } = player;
  await player.go('/closing');
  await player.press('Control+Enter');
  await page.locator('.close-bar .ant-btn-dangerous').waitFor();
  await player.press('Enter');
  await page.locator('.close-bar .tag.good').filter({ hasText: 'chief' }).waitFor();
  await player.shot('closing-closed');
  const saved = page.waitForEvent('download');
  await player.press('d');
  const sealed = await readFile(await (await saved).path());
  JSON.parse(sealed.toString());
  const digest = await page.locator('.close-bar code').getAttribute('title');
  assert.equal(createHash('sha256').update(sealed).digest('hex'), digest, 'the file is what was sealed');
}
