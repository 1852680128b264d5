// A billing officer works through a month's exceptions with the keyboard alone: passes, holds, takes back, has
// read again, passes the lightest at once; then the bills are approved and issued without what is held.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LAPTOP, inTwoBureaus } from './stage.mjs';

inTwoBureaus(test, { customers: 900 }, 'a list of exceptions is worked through by keys', async (player) => {
  const { page } = player;
  player.expect(404, '/api/billing-runs/');
  await player.signIn('billing');
  await player.go('/billing');
  await player.press('t');
  await page.locator('.billing-strip li.done').nth(1).waitFor({ timeout: 60_000 });
  await player.still();
  const rows = () => page.locator('.billing-list tbody tr').count();
  const decided = async () => Number(await page.locator('.billing-progress progress').getAttribute('value'));
  const until = (number) =>
    page.waitForFunction((number) => Number(document.querySelector('.billing-progress progress')?.getAttribute('value')) === number, number);
  const all = await rows();
  assert.ok(all > 6, `${all} exceptions`);
  assert.equal(await decided(), 0);
  await player.shot('exceptions');
  await player.press('z');
  await page.locator('.billing-alone').waitFor();
  await player.still();
  await player.shot('exceptions-alone');

  // The first that has a bill is passed, the next held, the one after looked at in the field.
  const isBlocked = () => page.locator('.billing-list tr[aria-selected=true].blocking').count();
  const toReady = async () => {
    for (let turn = 0; turn < all && (await isBlocked()) > 0; turn += 1) await player.press('j');
    await player.still();
  };
  await toReady();
  await player.press('1');
  await until(1);
  await player.still();
  await toReady();
  await player.press('h');
  await until(2);
  await player.still();
  assert.equal(await rows(), all - 2);

  // One key too many is taken back, and the account is open again.
  await toReady();
  await player.press('2');
  await until(3);
  await player.still();
  await player.press('u');
  await until(2);
  await player.still();
  assert.equal(await rows(), all - 2);

  // Read again: the reason stands there, Enter gives it.
  await toReady();
  await player.press('r');
  await page.locator('form.billing-send input').first().waitFor();
  await player.shot('exceptions-read-again');
  await player.press('Enter');
  await page.locator('form.billing-send').waitFor({ state: 'detached' });
  await until(3);
  await player.still();

  // An estimate is shown before it is kept.
  await toReady();
  await player.press('s');
  await page.locator('form.billing-send .note').first().waitFor();
  await player.shot('exceptions-estimate');
  await player.press('Escape');
  await page.locator('form.billing-send').waitFor({ state: 'detached' });

  // The lightest at once, as many as were counted.
  await player.press('x');
  await page.locator('form.billing-light-form').waitFor();
  await player.type('');
  await player.press('Control+a');
  await player.type('50');
  await player.still();
  await player.shot('exceptions-light');
  const before = await decided();
  await player.press('Enter');
  await page.locator('form.billing-light-form').waitFor({ state: 'detached' });
  await player.still();
  assert.ok((await decided()) > before, 'some are passed at once');
  await player.go('/billing?show=all&alone=yes');
  await player.shot('exceptions-all');
  await player.go('/billing?show=held');
  assert.equal(await rows(), 1);
  await player.shot('exceptions-held');

  // What was read again takes another trial; the decisions stay.
  await player.go('/billing');
  const kept = await decided();
  await player.press('t');
  await page.locator('.billing-last').waitFor({ timeout: 60_000 });
  await player.still();
  assert.ok((await decided()) >= kept - 1, 'decisions survive the trial');

  const second = await player.stage.player({ language: player.language, viewport: LAPTOP });
  await second.signIn('approver');
  await second.go('/billing?tab=approval');
  await second.press('Control+Enter');
  await second.page.getByText(player.say('审核已通过', 'Approved')).first().waitFor({ timeout: 30_000 });
  await second.leave();
  await player.go('/billing?show=held');
  await player.press('i');
  await page.locator('.billing-strip li').last().filter({ hasText: 'billing' }).waitFor({ timeout: 60_000 });
  await player.still();
  assert.equal(await rows(), 1, 'what is held is left');
  await player.shot('exceptions-issued');

  await page.setViewportSize({ width: 390, height: 844 });
  await player.go('/billing?show=all&alone=yes');
  await player.shot('exceptions-phone');
});
