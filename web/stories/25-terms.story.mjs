// A household grows, a shop opens in a flat: what an account is billed by changes from a day on, is taken back, and is
// amended where it was told too late.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

let stage;
let homes;
before(async () => {
  stage = await openStage();
  const [, ...archive] = (await stage.command('export', 'customers')).trim().split('\n').map((line) => line.split(','));
  homes = archive.filter((line) => line.includes('cn-zhejiang/resident')).slice(10, 12).map(([supply_no]) => supply_no);
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'an account is billed by another tariff from a day on, and what was told too late is amended', async (player) => {
  const { page } = player;
  const home = homes[player.language === 'zh' ? 0 : 1];
  await player.signIn('billing');
  await player.go(`/customers/${home}`);
  const panel = page.locator('section.panel').filter({ has: page.getByRole('heading', { name: player.say('计价条件', 'Billed by'), exact: true }) });
  const button = (name) => panel.getByRole('button', { name, exact: true });
  const field = (label) => panel.getByLabel(new RegExp(`^${label}`));
  const first = player.say('起始日', 'From');
  const day = async (value) => {
    await field(first).fill(value);
    await player.press('Tab');
  };
  const give = () => panel.locator('button[type=submit]').click();
  const basis = (text) => field(player.say('依据', 'Basis')).fill(text);
  const persons = player.say('户人口数', 'Persons');

  // Households change on the first of a month.
  await button(player.say('变更', 'Change')).click();
  await day('2027-02-15');
  await field(persons).fill('6');
  await basis('户口簿 6 人');
  player.expect(422, `/api/usage-points/${home}/terms`);
  await give();
  await panel.getByRole('alert').waitFor();
  await player.shot('terms-refused');
  await day('2027-02-01');
  await give();
  await panel.getByRole('cell', { name: '2027-02-01' }).waitFor();

  await button(player.say('变更', 'Change')).click();
  await day('2027-03-16');
  const tariff = panel.getByRole('combobox', { name: player.say('执行电价', 'Tariff') });
  await player.choose(tariff, player.say('一般工商业单一制', 'general trade'), { typed: true });
  await basis('改类申请 18');
  await give();
  await panel.getByRole('cell', { name: '2027-03-16' }).waitFor();
  await player.shot('terms', { fullPage: true });

  // The household cannot be taken back alone: it would change on the sixteenth then.
  const withdraw = async (from) => {
    await panel.locator('tr', { hasText: from }).getByRole('button', { name: player.say('撤回', 'Withdraw'), exact: true }).click();
    await field(player.say('原因', 'Reason')).fill('客户撤销申请');
    await give();
  };
  player.expect(422, `/api/usage-points/${home}/terms/2027-02-01/withdrawal`);
  await withdraw('2027-02-01');
  await page.getByText(player.say('人口和优惠自每月 1 日起变更', 'household and relief change on the first')).first().waitFor();
  await player.press('Escape');
  await withdraw('2027-03-16');
  await panel.getByRole('cell', { name: '2027-03-16' }).waitFor({ state: 'detached' });
  await withdraw('2027-02-01');
  await panel.getByRole('cell', { name: '2027-02-01' }).waitFor({ state: 'detached' });

  await button(player.say('更正已计费日期', 'Amend billed days')).click();
  await day('2026-09-01');
  await field(persons).fill('7');
  await basis('户口簿 7 人，漏登记');
  await give();
  await page.locator('.note.amended').getByText(player.say('自 2026-09-01 起人口或优惠变更', 'another household or relief from 2026-09-01 on')).waitFor();
  await player.shot('terms-amended', { fullPage: true });
  await player.go('/billing/corrections');
  await page.getByText(player.say('7 人', '7 persons')).first().waitFor();
  await player.shot('terms-waiting');
  await player.go(`/customers/${home}?part=journal`);
  await page.getByText(player.say('更正计价条件', 'terms amended')).first().waitFor();
  await player.shot('terms-journal');

  await page.setViewportSize({ width: 390, height: 844 });
  await player.go(`/customers/${home}`);
  await panel.scrollIntoViewIfNeeded();
  await player.shot('terms-phone');
  assert.ok(await panel.isVisible());
});
