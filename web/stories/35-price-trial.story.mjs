// Prices that nobody has approved yet are tried on the bills of three months: who would pay more, who less.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { TABLET, inBothLanguages, openStage } from './stage.mjs';

const PHONE = { width: 390, height: 844 };

let stage;
before(async () => {
  stage = await openStage({ customers: 200 });
});
after(() => stage?.close());

/** A version of a tariff with one price, from a day of its own for each language. */
function pack(player, code, voltage, price) {
  const from = player.say('2027-01-01', '2027-07-01');
  const text = `kind = "tariff"
format = 1
code = "${code}"
zh = "新价（虚构）"
en = "New prices (fictional)"

[[version]]
id = "${from.slice(0, 7)}"
from = ${from}
source = "虚构的通知"
mark = "fictional"
registers = ["total"]

[[version.price]]
voltage = [${voltage}]
energy = { total = "${price}" }
`;
  return { from, text };
}

async function offer(player, { text, from }) {
  const { page } = player;
  await player.go('/prices/packs/upload');
  await page.locator('textarea').first().fill(text);
  await player.press('Control+Enter');
  await page.getByText(player.say('没有发现问题', 'Nothing speaks against it')).waitFor();
  await page.locator('.ant-picker input').fill(from);
  await player.press('Enter', 'Alt+s');
  await page.waitForURL(/\/prices\/packs\/\d+$/);
  return new URL(page.url()).pathname;
}

const fen = (text) => BigInt(text.replace(/[^\d−-]/g, '').replace('−', '-'));

inBothLanguages(test, () => stage, 'a pack that waits for approval is tried on three months of bills', async (player) => {
  const { page } = player;
  await player.signIn('admin');
  const address = await offer(player, pack(player, 'cn-zhejiang/resident', '"0.22kV", "0.38kV"', player.say('0.56', '0.55')));
  assert.equal(await page.getByRole('button', { name: player.say('测算影响', 'Try on all bills') }).count(), 0, 'who keeps the system tries no prices');

  await page.context().clearCookies();
  await player.signIn('billing');
  if (player.language === 'zh') {
    await player.go('/prices/trials');
    await player.shot('price-trials-empty');
  }
  await player.go(address);
  await player.press('t');
  await page.waitForURL('**/prices/trials?*');
  await player.still();
  const field = (zh, en) => page.getByLabel(new RegExp(`^${player.say(zh, en)}`));
  const month = async (label, value) => {
    await label.fill(value);
    await player.press('Tab');
  };
  player.expect(422, '/api/price-trials');
  await month(field('起月', 'First month'), '2026-09');
  await month(field('止月', 'Last month'), '2026-07');
  await page.locator('form button[type=submit]').click();
  await page.locator('.field.wrong [role=alert]').waitFor();
  await player.shot('price-trial-refused');
  await month(field('起月', 'First month'), '2026-07');
  await month(field('止月', 'Last month'), '2026-09');
  await player.shot('price-trial-form');
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/prices\/trials\/\d+$/);
  await page.locator('.trial-tiles').waitFor({ timeout: 60_000 });
  await page.locator('.chart canvas').nth(4).waitFor();
  await player.shot('price-trial');
  await player.shot('price-trial-whole', { fullPage: true });

  // Every table ends in the total of the tiles.
  const tile = async (at) => fen(await page.locator('.trial-tiles .tile .value').nth(at).innerText());
  const [now, then, difference] = [await tile(0), await tile(1), await tile(2)];
  assert.equal(then - now, difference);
  for (const title of [player.say('每张账单的差额分布', 'Bills by their difference in yuan'), player.say('按月', 'By month'), player.say('按供电所', 'By station')]) {
    const panel = page.locator('.panel', { has: page.getByRole('heading', { name: title }) });
    const at = (await panel.locator('thead th').allInnerTexts()).findIndex((head) => head === player.say('差额（元）', 'Difference (yuan)'));
    const cells = await panel.locator(`tbody tr td:nth-child(${at + 1})`).allInnerTexts();
    assert.equal(cells.map(fen).reduce((sum, one) => sum + one, 0n), difference, title);
    assert.equal(fen(await panel.locator(`tfoot td:nth-child(${at + 1})`).innerText()), difference, title);
  }

  const [file] = await Promise.all([page.waitForEvent('download'), player.press('e')]);
  const [header, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.equal(header, 'supply_no,tariff,amount_now,amount_new,difference,cycle');
  assert.equal(lines.map((line) => fen(line.split(',')[4])).reduce((sum, one) => sum + one, 0n), difference);

  const customer = page.locator('.panel', { has: page.getByRole('heading', { name: player.say('增加最多的账单', 'Largest rises') }) }).getByRole('link').first();
  const supply_no = await customer.innerText();
  await page.setViewportSize(TABLET);
  await player.shot('price-trial-tablet', { fullPage: true });
  await page.setViewportSize(PHONE);
  await player.shot('price-trial-phone', { fullPage: true });
  await customer.click();
  await page.waitForURL(`**/customers/${supply_no}*`);

  await player.go('/prices/trials');
  await player.shot('price-trials-phone');
  await player.go('/prices/trials?new=1');
  await player.shot('price-trial-form-phone');
});

inBothLanguages(test, () => stage, 'bills for which the new list has no price are told with the reason', async (player) => {
  const { page } = player;
  await player.signIn('admin');
  const address = await offer(player, pack(player, 'sample/general-single', '"0.22kV"', '0.79'));
  await page.context().clearCookies();
  await player.signIn('approver');
  await player.go(address);
  await player.press('t');
  await page.locator('form button[type=submit]').waitFor();
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/prices\/trials\/\d+$/);
  await page.locator('.trial-reason').first().waitFor({ timeout: 60_000 });
  await player.shot('price-trial-unpriced', { fullPage: true });
  const [file] = await Promise.all([page.waitForEvent('download'), player.press('u')]);
  const [, first] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.match(first, /,unpriced\.no-price,/);
  await player.go('/prices/trials');
  await player.shot('price-trials');
});
