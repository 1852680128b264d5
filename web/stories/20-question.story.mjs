// Somebody stands at the counter: why is this bill so high? Found, opened, explained, compared, by keys.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

let stage;
let asked;
before(async () => {
  stage = await openStage();
  asked = await theMostSurprised();
});
after(() => stage?.close());

/** A household whose summer bill is the highest above the one before. */
async function theMostSurprised() {
  const [header, ...lines] = (await stage.command('export', 'bills')).trim().split('\n');
  const names = header.split(',');
  const bills = lines.map((line) => Object.fromEntries(line.split(',').map((value, at) => [names[at], value])));
  const fen = (bill) => Number(bill.amount.replace('.', ''));
  const june = new Map(bills.filter((bill) => bill.cycle === '2026-06').map((bill) => [bill.supply_no, bill]));
  const july = bills.filter((bill) => bill.cycle === '2026-07' && bill.tariff === 'cn-zhejiang/resident' && june.has(bill.supply_no));
  july.sort((a, b) => fen(b) - fen(june.get(b.supply_no)) - (fen(a) - fen(june.get(a.supply_no))));
  const archive = (await stage.command('export', 'customers')).split('\n').find((line) => line.startsWith(july[0].supply_no));
  return { bill: july[0], before: june.get(july[0].supply_no), name: archive.split(',')[1], phone: archive.split(',')[4] };
}

inBothLanguages(test, () => stage, 'a customer is found by number, by name and by phone', async (player) => {
  await player.signIn('cashier');
  for (const line of [asked.bill.supply_no, asked.name, asked.phone].filter((line) => line !== '')) {
    await player.press('/');
    await player.type(line);
    const first = player.page.getByRole('option').first();
    await first.waitFor();
    await player.page.getByRole('option').filter({ hasText: asked.bill.supply_no }).waitFor();
    if (line === asked.name) await player.shot('find');
    await player.press('Escape', 'Escape');
  }
});

inBothLanguages(test, () => stage, 'why a bill is higher than the one before is shown in steps that add up', async (player) => {
  await player.signIn('cashier');
  await player.press('/');
  await player.type(asked.bill.supply_no);
  await player.page.getByRole('option').first().waitFor();
  await player.press('Enter');
  await player.page.waitForURL(`**/customers/${asked.bill.supply_no}*`);
  await player.shot('customer');
  // His name is hidden until there is a reason to see it.
  assert.ok(!(await player.page.locator('main').innerText()).includes(asked.name));
  for (const key of ['2', '3', '4']) {
    if ((await player.page.getByRole('tab').count()) < Number(key)) continue;
    await player.press(key);
    await player.shot(`customer-part-${key}`);
  }
  await player.press('2');
  await player.page.getByRole('link', { name: asked.bill.bill_no }).first().click();
  await player.page.waitForURL(`**/bills/${asked.bill.bill_no}`);
  await player.shot('bill', { fullPage: true });
  const told = await player.page.locator('main').innerText();
  assert.ok(told.includes(asked.bill.amount.replace(/\B(?=(\d{3})+\.)/g, ',')) || told.includes(asked.bill.amount), 'the amount');
  assert.ok(told.includes(player.say('上期', 'last')) || told.includes(asked.before.cycle), 'the bill before');
});
