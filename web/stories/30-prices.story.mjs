// A customer asks what a kilowatt-hour costs; the page answers with source and days.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { inBothLanguages, openStage } from './stage.mjs';

let stage;
before(async () => {
  stage = await openStage({ customers: 40 });
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'a price list shows its tiers and where they are written', async (player) => {
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
