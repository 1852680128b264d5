// A billing officer's month end: doubtful readings are decided, the bills tried, looked at, approved by
// a second person, issued. Each language has a station of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { LAPTOP, inBothLanguages, openStage } from './stage.mjs';

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

const STATION = { zh: 'CG', en: 'DX' };

inBothLanguages(test, () => stage, 'doubtful readings are decided by one key each', async (player) => {
  const { page } = player;
  const station = STATION[player.language];
  await player.signIn('billing');
  await player.go(`/reading/doubtful?station=${station}`);
  await player.shot('reading-doubtful');
  const rows = () => page.locator('main tbody tr').count();
  const open = await rows();
  assert.ok(open > 2, `${open} doubtful readings`);

  // One is accepted, one corrected or estimated, one read again.
  await player.go(`/reading/doubtful?station=${station}&doubt=spike`);
  const spikes = await rows();
  await player.press('a');
  await page.waitForFunction((before) => document.querySelectorAll('main tbody tr').length < before || document.querySelector('main .state') !== null, spikes);
  await player.go(`/reading/doubtful?station=${station}&doubt=negative`);
  const reversed = await rows();
  if (reversed > 0 && (await page.locator('.desk').count()) > 0) {
    await player.press('e');
    await page.locator('form.reason input').waitFor();
    await player.still();
    await player.shot('reading-estimate');
    await page.locator('form.reason input').fill(player.say('现场无人，按规则估抄', 'nobody at home, estimated by the rule'));
    await player.press('Enter');
    await page.locator('form.reason').waitFor({ state: 'detached' });
  }
  await player.go('/reading/books');
  await player.shot('reading-books');
});

inBothLanguages(test, () => stage, 'a month is tried, approved by a second person and issued', async (player) => {
  const { page } = player;
  const station = STATION[player.language];
  const desk = `/billing?station=${station}`;
  // Before the first trial there is no run to be asked about.
  player.expect(404, '/api/billing-runs/');
  await player.signIn('billing');
  await player.go(desk);
  await player.shot('billing-before');
  await player.press('t');
  await page.locator('.billing-strip li.done').nth(1).waitFor({ timeout: 60_000 });
  await player.shot('billing-tried');
  await player.press('v');
  await player.shot('billing-compare');
  // Whoever tried does not approve.
  await player.press('a');
  await page.getByText(player.say('本人试算', 'You made this trial')).or(page.getByText(player.say('试算人', 'Tried by'))).first().waitFor();
  assert.equal(await page.getByRole('button', { name: player.say('核对无误', 'I have checked it') }).count(), 0);
  await player.press('i');

  const second = await player.stage.player({ language: player.language, viewport: LAPTOP });
  await second.signIn('approver');
  await second.go(`${desk}&tab=approval`);
  await second.shot('billing-approval');
  await second.press('Control+Enter');
  await second.page.locator('.billing-strip li.done').nth(2).waitFor({ timeout: 30_000 });
  await second.leave();

  await player.go(desk);
  await player.press('i');
  await page.locator('.billing-strip li').last().filter({ hasText: 'billing' }).waitFor({ timeout: 60_000 });
  await player.shot('billing-issued');
  const bills = (await stage.command('export', 'bills', '--cycle', '2026-10')).trim().split('\n').slice(1);
  assert.ok(bills.length > 20, `${bills.length} bills`);
});

test('what was issued proves', async () => {
  await stage.command('verify');
});
