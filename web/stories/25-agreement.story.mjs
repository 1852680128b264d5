// Works take a larger transformer, let it rest for a while, and begin again earlier than they had said.

import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

let stage;
let works;
before(async () => {
  stage = await openStage();
  const [, ...archive] = (await stage.command('export', 'customers')).trim().split('\n').map((line) => line.split(','));
  [works] = archive.find((line) => line.includes('sample/industry-two-part'));
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'capacity is agreed on, rests, and is taken up again', async (player) => {
  const { page } = player;
  await player.signIn('billing');
  await player.go(`/customers/${works}`);
  const panel = page.locator('section.panel').filter({ has: page.getByRole('heading', { name: player.say('供用电合同约定', 'Supply agreement') }) });
  const button = (name) => panel.getByRole('button', { name, exact: true });
  const field = (label) => panel.getByLabel(new RegExp(`^${label}`));
  const day = async (label, value) => {
    await field(label).fill(value);
    // The calendar closes; Enter would give the form.
    await player.press('Tab');
  };
  const [from, to] = [player.say('起始日', 'From'), player.say('终止日', 'To')];
  const basis = player.say('依据', 'Basis');
  const give = () => panel.locator('button[type=submit]').click();

  await button(player.say('登记新约定', 'New agreement')).click();
  await day(from, '2027-01-16');
  await field(player.say('受电容量', 'Capacity')).fill('2000');
  await player.choose(panel.getByRole('combobox', { name: player.say('计量方式', 'Metered on') }), player.say('高供低计', 'the low side'));
  await field(player.say('空载损耗', 'Iron loss')).fill('1.2');
  player.expect(422, `/api/usage-points/${works}/agreements`);
  await give();
  await panel.getByRole('alert').waitFor();
  await player.shot('agreement-refused');
  await field(basis).fill('增容合同 2026-88');
  await give();
  await panel.getByText('2000 kVA').waitFor();

  await button(player.say('登记暂停', 'Let capacity rest')).click();
  await day(from, '2027-02-01');
  await day(to, '2027-03-31');
  await field(player.say('暂停容量', 'Capacity at rest')).fill('630');
  await field(basis).fill('暂停申请 12');
  await give();
  await panel.getByText('630 kVA').last().waitFor();

  await button(player.say('改终止日', 'Other last day')).click();
  await day(to, '2027-03-10');
  await field(basis).fill('提前恢复申请 3');
  await give();
  await panel.getByRole('cell', { name: '2027-03-10' }).waitFor();
  await player.shot('agreement', { fullPage: true });

  const withdraw = async (row) => {
    await panel.locator('tr', { hasText: row }).getByRole('button', { name: player.say('撤回', 'Withdraw'), exact: true }).click();
    await field(player.say('原因', 'Reason')).fill('客户撤销申请');
    await give();
    await panel.getByRole('cell', { name: row }).waitFor({ state: 'detached' });
  };
  await withdraw('2027-02-01');
  await withdraw('2027-01-16');
  await player.go(`/customers/${works}?part=journal`);
  await page.getByText(player.say('撤回供用电约定', 'agreement withdrawn')).first().waitFor();
  await player.shot('agreement-journal');
});
