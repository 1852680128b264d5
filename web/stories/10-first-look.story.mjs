// Signing in, what each person finds on the first page, and leaving.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { TABLET, inBothLanguages, openStage } from './stage.mjs';

const LOGINS = ['cashier', 'chief', 'billing', 'approver', 'head', 'admin'];

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

inBothLanguages(test, () => stage, 'the door names the accounts of the demonstration and no password', async (player) => {
  player.expect(401, '/api/session');
  await player.go('/');
  for (const login of Object.keys(stage.passwords)) {
    await player.page.getByRole('button', { name: new RegExp(`^${login}\\b`) }).waitFor();
  }
  const text = await player.page.content();
  for (const password of Object.values(stage.passwords)) {
    assert.ok(!text.includes(password));
  }
  await player.shot('door');
});

inBothLanguages(
  test,
  () => stage,
  'a browser that is here for the first time is greeted in its own language',
  async (player) => {
    player.expect(401, '/api/session');
    await player.go('/');
    await player.page.getByRole('button', { name: player.say(/^登 ?录$/, /^Sign in$/) }).waitFor();
  },
  { isNew: true },
);

inBothLanguages(test, () => stage, 'a wrong password is refused at the door', async (player) => {
  player.expect(401, '/api/session');
  await player.go('/');
  await player.page.locator('input[name=username]').fill('approver');
  await player.page.locator('input[name=password]').fill('not the password');
  await player.press('Enter');
  await player.page.getByRole('alert').waitFor();
  await player.shot('door-refused');
});

for (const login of LOGINS) {
  inBothLanguages(test, () => stage, `${login} signs in and finds what is his`, async (player) => {
    await player.signIn(login);
    await player.shot(`home-${login}`);
  });
}

inBothLanguages(
  test,
  () => stage,
  'the first page holds on a tablet',
  async (player) => {
    await player.signIn('billing');
    await player.shot('home-tablet');
  },
  { viewport: TABLET },
);

inBothLanguages(test, () => stage, 'every page that is open to somebody opens without an error', async ({ language }) => {
  const look = async (login) => {
    const player = await stage.player({ language });
    // Nobody has tried the open month yet: there is no run of it to be found.
    player.expect(404, '/api/billing-runs/');
    await player.signIn(login);
    const paths = await player.page.locator('nav a[href]').evaluateAll((links) => [...new Set(links.map((link) => link.getAttribute('href')))]);
    for (const path of paths) {
      await player.go(path);
      await player.page.locator('main h1').first().waitFor();
      await player.shot(`page-${login}${path.replaceAll('/', '-')}`);
    }
    await player.leave();
  };
  await Promise.all(LOGINS.map(look));
});
