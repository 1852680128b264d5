// A reading had been misread and was billed. It is amended, the bill computed again, approved by a second person and
// issued anew; the old bill is cancelled.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { TABLET, inBothLanguages, openStage } from './stage.mjs';

const MONTH = '2026-09';
const [READ_ON, NOT_BILLED] = ['2026-09-30', '2026-10-31'];

let stage;
let misread;
let wrong;
before(async () => {
  stage = await openStage();
  const [header, ...lines] = (await stage.command('export', 'bills')).trim().split('\n').map((line) => line.split(','));
  const bills = lines.map((line) => Object.fromEntries(line.map((value, at) => [header[at], value])));
  const plain = bills.filter((bill) => bill.cycle === MONTH && bill.tariff === 'cn-zhejiang/resident' && bill.status === 'issued' && Number(bill.kwh) > 100);
  const read = await stage.as('billing');
  const found = [];
  for (const bill of plain) {
    if (found.length === 4) break;
    const readings = await read(`/api/usage-points/${bill.supply_no}/readings?limit=20`);
    const at = (day) => readings.find((reading) => reading.register === 'total' && reading.read_on === day && reading.kind === 'actual');
    if (at(READ_ON) !== undefined && at(NOT_BILLED) !== undefined) found.push({ bill, value: at(READ_ON).value });
  }
  misread = { zh: found[0], en: found[1] };
  wrong = { zh: found[2], en: found[3] };
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'a misread reading is amended and its bill corrected by two persons', async (player) => {
  const { page } = player;
  const { bill, value } = misread[player.language];
  const { supply_no, bill_no } = bill;
  const button = (name) => page.getByRole('button', { name: new RegExp(`^${name}`) });
  const field = (form, label) => form.getByLabel(new RegExp(`^${label}`));
  await player.signIn('billing');
  await player.go('/billing/corrections');
  await player.shot('corrections-empty');

  // What was not billed yet needs no amendment.
  await player.go(`/customers/${supply_no}?part=usage`);
  const amend = (day) => page.locator('main tbody tr', { hasText: day }).first().getByRole('button').click();
  const form = page.locator('form.agreement-form');
  const give = () => form.locator('button[type=submit]').click();
  const shown = String(Math.floor(Number(value)) - 40);
  const basis = player.say('现场核实抄错', 'misread, seen on the spot');
  await amend(NOT_BILLED);
  await field(form, player.say('实际示数', 'What it showed')).fill('1');
  await field(form, player.say('依据', 'Basis')).fill(basis);
  player.expect(409, '/amendments/reading');
  await give();
  await form.getByRole('alert').waitFor();
  await player.shot('amendment-refused');
  await form.press('Escape');
  await form.waitFor({ state: 'detached' });

  await amend(READ_ON);
  await field(form, player.say('实际示数', 'What it showed')).fill(shown);
  await field(form, player.say('依据', 'Basis')).fill(basis);
  await player.shot('amendment-form');
  await give();
  await page.locator('.amended').getByText(`→ ${shown}`).waitFor();
  await player.shot('amendment-entered');

  await page.goto('/billing/corrections');
  await page.locator('tr', { hasText: supply_no }).waitFor();
  await player.shot('corrections-waiting');
  await page.locator('tr', { hasText: supply_no }).getByRole('button').click();
  const wish = page.locator('form', { has: page.getByRole('heading', { name: player.say('新建更正', 'New correction') }) });
  assert.equal(await field(wish, player.say('户号', 'Supply no')).inputValue(), supply_no);
  player.expect(422, '/api/corrections');
  await wish.locator('button[type=submit]').click();
  await wish.getByRole('alert').waitFor();
  await player.shot('correction-refused');
  await button(player.say('抄表差错', 'misread meter')).click();
  await wish.locator('button[type=submit]').click();
  await page.waitForURL('**/billing/corrections/*');
  await page.locator('.correction-strip li.done').first().waitFor({ timeout: 60_000 });
  await page.locator('.correction-bills tbody tr').filter({ hasText: bill_no }).waitFor();
  // Whoever tried does not approve.
  await page.getByText(player.say('由您试算', 'You tried this correction')).waitFor();
  await player.shot('correction-tried', { fullPage: true });
  const correction = new URL(page.url()).pathname;

  const second = await stage.player({ language: player.language });
  await second.signIn('approver');
  await second.go(correction);
  await second.press('Control+Enter');
  await second.page.locator('.correction-confirm').waitFor();
  await second.shot('correction-approval');
  await second.press('Enter');
  await second.page.locator('.correction-strip li.done').nth(1).waitFor();
  await second.shot('correction-approved');
  await second.leave();

  await player.go(correction);
  await player.press('i');
  await page.locator('.correction-confirm').waitFor();
  await player.shot('correction-issue');
  await player.press('Enter');
  await page.locator('.correction-strip li.done').nth(2).waitFor({ timeout: 60_000 });
  const row = page.locator('.correction-bills tbody tr').filter({ hasText: bill_no });
  const fresh = row.getByRole('link').nth(1);
  await fresh.waitFor();
  await player.shot('correction-issued', { fullPage: true });

  const new_no = await fresh.innerText();
  await fresh.click();
  await page.waitForURL(`**/bills/${new_no}`);
  await page.getByRole('link', { name: player.say(`替代账单 ${bill_no}`, `replaces ${bill_no}`) }).waitFor();
  await page.locator('.as-of summary').click();
  await page.locator('.as-of input').fill('2026-10-15');
  await player.press('Enter', 'Tab');
  await page.locator('.as-of').getByRole('link', { name: bill_no }).first().waitFor();
  await player.shot('corrected-bill', { fullPage: true });
  await page.getByRole('link', { name: new RegExp(`${bill_no}$`) }).first().click();
  await page.waitForURL(`**/bills/${bill_no}`);
  await page.locator('.page-head').getByText(player.say('已作废', 'cancelled')).waitFor();
  await player.shot('corrected-old-bill');

  await player.go('/billing/corrections');
  assert.equal(await page.getByRole('button', { name: supply_no }).count(), 0);
  await player.shot('corrections');
  await page.setViewportSize(TABLET);
  await player.shot('corrections-tablet');
  await player.go(correction);
  await player.shot('correction-tablet', { fullPage: true });
});

inBothLanguages(test, () => stage, 'a meter out of tolerance is entered with its test and its bills are computed by the days that count', async (player) => {
  const { page } = player;
  const { bill } = wrong[player.language];
  const { supply_no } = bill;
  await player.signIn('billing');
  await player.go(`/customers/${supply_no}`);
  await page.getByRole('button', { name: new RegExp(`^${player.say('计量差错', 'Metering error')}`) }).click();
  const form = page.locator('form.agreement-form');
  const field = (zh, en) => form.getByLabel(new RegExp(`^${player.say(zh, en)}`));
  const day = async (label, value) => {
    await label.fill(value);
    await player.press('Tab');
  };
  await field('误差', 'Error').fill('5');
  await day(field('上次检定日', 'Last test'), '2026-09-29');
  await day(field('末日', 'Its last day'), '2026-09-30');
  await field('依据', 'Basis').fill(player.say('检定证书 2026-118', 'certificate 2026-118'));
  player.expect(422, '/amendments/counting');
  await form.locator('button[type=submit]').click();
  await form.getByRole('alert').waitFor();
  await player.shot('metering-error-refused');
  await day(field('上次检定日', 'Last test'), '2026-08-01');
  await form.locator('button[type=submit]').click();
  await page.locator('.amended').getByText('10000 ÷ 10500').waitFor();
  await player.shot('metering-error-entered');
  await page.locator('.amended').getByRole('link').click();
  const wish = page.locator('form', { has: page.getByRole('heading', { name: player.say('新建更正', 'New correction') }) });
  await page.getByRole('button', { name: new RegExp(`^${player.say('抄表差错', 'misread meter')}`) }).click();
  await wish.locator('button[type=submit]').click();
  await page.waitForURL('**/billing/corrections/*');
  await page.locator('.correction-bills tbody tr').filter({ hasText: '÷ 10500' }).first().waitFor({ timeout: 60_000 });
  await player.shot('metering-error-tried', { fullPage: true });
});

test('what was corrected proves', async () => {
  await stage.command('verify');
});
