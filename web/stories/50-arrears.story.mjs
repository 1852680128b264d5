// A station head looks at who owes what since when, goes down to the customer, and at what has come in.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

const fenOf = (text) => Number(text.replace(/\D/g, ''));
const sum = (figures) => figures.reduce((one, other) => one + other, 0);

let stage;
before(async () => {
  stage = await openStage({ customers: 900, seed: 1 });
});
after(() => stage?.close());

inBothLanguages(test, () => stage, "a head sees the arrears of his station, and nobody else's, down to the customer", async (player) => {
  const { page } = player;
  const head = await stage.as('head');
  const { items } = await head('/api/arrears?limit=200');
  assert.ok(items.length > 1, `${items.length} accounts of his station owe`);
  assert.deepEqual([...new Set(items.map((row) => row.station))], ['CG']);

  await player.signIn('head');
  await player.go('/arrears');
  await player.shot('arrears', { fullPage: true });
  const ages = page.locator('.panel').first().locator('.data-table tbody tr');
  const list = page.locator('.panel').last().locator('.data-table').first().locator('tbody tr');
  const cells = (rows, at) => rows.locator(`td:nth-child(${at})`).allInnerTexts();
  const total = sum(items.map((row) => fenOf(row.amount)));
  assert.equal(await list.count(), Math.min(50, items.length));
  assert.equal(sum((await cells(ages, 4)).map(fenOf)), total, 'the classes of age hold what the list holds');
  assert.equal(sum((await cells(ages, 2)).map(Number)), items.length);

  // The largest debt is first; then the oldest.
  const amounts = (await cells(list, 7)).map(fenOf);
  assert.deepEqual(amounts, amounts.toSorted((one, other) => other - one));
  await player.go('/arrears?order=age');
  const days = (await cells(list, 9)).map(Number);
  assert.deepEqual(days, days.toSorted((one, other) => other - one));

  // One class of age alone.
  await player.go('/arrears');
  const age = (await cells(ages, 2)).findIndex((accounts) => Number(accounts) > 0);
  const expected = Number((await cells(ages, 2))[age]);
  await ages.nth(age).click();
  await player.still();
  assert.equal(await list.count(), Math.min(50, expected));
  await player.shot('arrears-age', { fullPage: true });

  // Down to the bills of one, and to the customer.
  const supply_no = await list.first().locator('td').first().innerText();
  const owed = fenOf(await list.first().locator('td:nth-child(7)').innerText());
  await list.first().click();
  await player.still();
  const open = page.locator('.panel').last().locator('.data-table').last().locator('tbody tr');
  assert.equal(sum((await cells(open, 6)).map(fenOf)), owed, 'the open bills add up to the debt');
  await player.shot('arrears-bills', { fullPage: true });
  await page.locator('.panel').last().getByRole('grid').first().focus();
  await player.press('Enter');
  await page.waitForURL(`**/customers/${supply_no}*`);
  await player.shot('arrears-customer');
});

inBothLanguages(test, () => stage, 'a head sees how much of each month has come in', async (player) => {
  const { page } = player;
  const head = await stage.as('head');
  await player.signIn('head');
  await player.go('/arrears');
  const rows = page.locator('.panel').nth(1).locator('.data-table tbody tr');
  const shown = (await rows.allInnerTexts()).map((line) => line.split('\t'));
  const months = shown.map(([month]) => month);
  assert.ok(months.length > 2, `${months.length} months`);
  assert.deepEqual(months, months.toSorted().toReversed(), 'the latest first');
  const day = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const told = await head(`/api/recovery?from=${months.at(-1)}&to=${months[0]}&as_of=${day}&by=month`);
  for (const [month, issued, received, rate] of shown) {
    const row = told.find((row) => row.key === month);
    assert.deepEqual([fenOf(issued), fenOf(received), rate], [fenOf(row.issued), fenOf(row.received), row.rate == null ? '—' : `${row.rate}%`]);
    const share = fenOf(issued) === 0 ? null : (100 * fenOf(received)) / fenOf(issued);
    if (share !== null) assert.ok(Math.abs(share - Number(row.rate)) <= 0.01, `${month}: ${share} is told as ${rate}`);
  }
  await page.getByRole('main').evaluate(() => window.scrollTo(0, 0));
  await player.shot('recovery');
});
