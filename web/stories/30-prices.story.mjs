// A price list as a customer reads it, and a new one on its way through two persons' hands.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

let stage;
before(async () => {
  stage = await openStage({ customers: 60 });
});
after(() => stage?.close());

/** A version of the sample's farming price, from a day of its own for each language. */
function pack(player, price) {
  const from = player.say('2027-01-01', '2027-07-01');
  const text = `kind = "tariff"
format = 1
code = "sample/farming"
zh = "示例：农业生产（虚构）"
en = "Sample: farming (fictional)"

[[version]]
id = "${from.slice(0, 7)}"
from = ${from}
source = "虚构的通知"
mark = "fictional"
registers = ["total"]

[[version.price]]
voltage = ["0.22kV", "0.38kV"]
energy = { total = "${price}" }
`;
  return { from, text };
}

inBothLanguages(test, () => stage, 'a price list says its tiers, its source, and what 300 kWh would cost', async (player) => {
  await player.signIn('cashier');
  await player.go('/prices?tariff=cn-zhejiang/resident');
  const { page } = player;
  const rows = await page.locator('.price-list tbody tr').allInnerTexts();
  assert.equal(rows.length, 3);
  assert.match(rows[1], /2,760 – 4,800.*0\.5880/s);
  await page.locator('.panel form input').first().fill('300');
  await player.press('Enter');
  await page.locator('.quote').getByText('161.40').first().waitFor();
  await player.shot('prices');
});

inBothLanguages(test, () => stage, 'a price list by the hour is found by its name and says where it is written', async (player) => {
  await player.signIn('cashier');
  await player.press('g', 't');
  await player.page.waitForURL('**/prices*');
  await player.still();
  await player.page.getByText('cn-zhejiang/resident-tou').first().click();
  await player.page.getByText('0.568').first().waitFor();
  const told = await player.page.locator('main').innerText();
  for (const figure of ['2760', '4800', '0.288']) {
    assert.ok(told.replaceAll(',', '').includes(figure), figure);
  }
  assert.ok(told.includes('浙江省物价局'), 'the source');
  await player.shot('prices-tou', { fullPage: true });
});

inBothLanguages(test, () => stage, 'a two-part price list says its hours and its basic charge, and asks for capacity and demand', async (player) => {
  player.expect(422, '/api/quote');
  await player.signIn('cashier');
  await player.go('/prices?tariff=sample/industry-two-part');
  const { page } = player;
  const told = await page.locator('.price-list').innerText();
  for (const figure of ['1.1300', '18:00–20:00', '23:00–7:00', '40%', '105%', '260', '0.90', '+10%', '× 1.49']) {
    assert.ok(told.includes(figure), figure);
  }
  assert.doesNotMatch(told, /档|tier/i, 'there are no tiers to speak of');
  await player.shot('prices-two-part', { fullPage: true });

  const field = (zh, en) => page.getByLabel(player.say(zh, en), { exact: true });
  for (const [zh, en, kwh] of [['尖峰', 'sharp', '1000'], ['高峰', 'peak', '12000'], ['平段', 'flat', '15000'], ['低谷', 'valley', '12000']]) {
    await field(`${zh}用电量`, `Use, ${en}`).fill(kwh);
  }
  await player.choose(field('基本电费计收方式', 'Basic charge goes'), player.say('按合同最大需量', 'by contracted demand'));
  await field('低谷用电量', 'Use, valley').focus();
  await player.press('Enter');
  const refused = page.locator('.field.wrong');
  await refused.filter({ hasText: player.say('受电容量', 'Capacity') }).waitFor();
  await field('受电容量', 'Capacity').fill('1000');
  await field('合同最大需量', 'Contracted demand').fill('800');
  await field('实际最大需量', 'Highest demand').fill('900');
  await field('无功电量', 'Reactive energy').fill('30000');
  await page.locator('.calculator summary').click();
  await field('空载损耗', 'No-load loss').fill('0.325');
  await player.press('Enter');
  await refused.filter({ hasText: player.say('带电小时数', 'Hours under voltage') }).waitFor();
  await player.shot('prices-refused-at-its-field');
  await field('带电小时数', 'Hours under voltage').fill('720');
  await player.press('Enter');
  await page.locator('.quote').getByText('66,827.49').first().waitFor();
  await page.locator('.quote').getByText(player.say('超合同需量加价', 'Demand above the contract')).first().waitFor();
  await page.locator('.quote').scrollIntoViewIfNeeded();
  await player.shot('prices-two-part-quote');
});

inBothLanguages(test, () => stage, 'a pack is checked, handed in, approved by another person, and then holds', async (player) => {
  const { page } = player;
  await player.signIn('admin');
  await player.go('/prices/packs');
  await player.press('n');
  const text = page.locator('textarea').first();
  const wrong = pack(player, '0,55');
  await text.fill(wrong.text);
  await player.press('Control+Enter');
  await page.getByRole('alert').getByText(player.say('第 16 行', 'line 16')).waitFor();
  await player.shot('pack-with-a-mistake');

  const right = pack(player, '0.5512');
  await text.fill(right.text);
  await player.press('Control+Enter');
  await page.getByText(player.say('没有发现问题', 'Nothing speaks against it')).waitFor();
  await page.locator('.ant-picker input').fill(right.from);
  await player.press('Enter');
  await player.shot('pack-checked');
  await player.press('Alt+s');
  await page.waitForURL(/\/prices\/packs\/\d+$/);
  const address = new URL(page.url()).pathname;
  assert.equal(await page.getByRole('button', { name: player.say('审核通过', 'Approve') }).count(), 0, 'not by whoever uploaded it');
  await player.shot('pack-waiting');

  await page.context().clearCookies();
  await player.signIn('approver');
  await player.go(address);
  await player.press('Alt+a');
  await page.locator('.page-head .tag.good').waitFor();
  await player.shot('pack-approved');
  await player.go(`/prices?tariff=sample/farming&on=${right.from}`);
  await page.locator('.price-list').getByText('0.5512').waitFor();
});

inBothLanguages(test, () => stage, 'a session that ended lets one go on where one was', async (player) => {
  player.expect(401, '/api/');
  const { page } = player;
  await player.signIn('admin');
  await player.go('/prices/packs/upload');
  await page.locator('textarea').first().fill('half typed');
  await page.context().clearCookies();
  await player.press('Control+Enter');
  await page.locator('.door input[name=password]').fill(stage.passwords.admin);
  await player.shot('session-ended');
  await player.press('Enter');
  await page.locator('.door').waitFor({ state: 'detached' });
  assert.equal(await page.locator('textarea').first().inputValue(), 'half typed');
});
