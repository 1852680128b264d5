// A cashier's morning, by keys alone: twenty customers, two mistakes that are taken back, and a till that
// is ten yuan short at its close. A cashier has one till a day: each language has a bureau of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inTwoBureaus } from './stage.mjs';

const CUSTOMERS = 20;
const METHODS = ['cash', 'pos', 'cheque', 'voucher', 'transfer', 'wechat', 'alipay'];
const WITH_BANK = ['cheque', 'voucher'];
const WITH_NUMBER = ['pos', 'cheque', 'voucher', 'transfer'];
const SHORT_FEN = 1000;

const fenOf = (text) => (/[-−]/.test(text) ? -1 : 1) * Number(text.replace(/\D/g, ''));
const yuanOf = (fen) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
const sumOf = (payments) => payments.reduce((sum, payment) => sum + payment.fen, 0);

inTwoBureaus(test, {}, "a cashier's morning without a mouse", async (player) => {
  const cashier = await player.stage.as('cashier');
  const before = (await cashier('/api/payments?cashier=cashier&limit=100')).items;
  assert.deepEqual(before, [], 'the morning begins with an empty till');
  const whoComes = await player.stage.whoOwes();
  assert.ok(whoComes.owing.length >= 3, `${whoComes.owing.length} accounts owe`);
  await player.signIn('cashier');
  const payments = await serve(player, whoComes);
  await check(cashier, payments);

  const wrong = [payments.at(-1), payments.at(-4)];
  const right = payments.filter((payment) => !wrong.includes(payment));
  await takeBack(player, wrong, right);
  await closeTill(player, right);

  const differences = (await cashier('/api/differences?open=true')).items;
  assert.deepEqual(
    differences.map(({ method, amount, owner, state }) => ({ method, amount, owner, state })),
    [{ method: 'cash', amount: '-10.00', owner: 'cashier', state: 'open' }],
  );
});

/** The counter, one customer after the other; tells what was taken. */
async function serve(player, { owing, others }) {
  const { page } = player;
  await player.go('/cashier');
  await player.shot('cashier-empty');
  const payments = [];
  const neighbour = owing.pop();
  for (let turn = 0; turn < CUSTOMERS; turn += 1) {
    // The first pays a part, the second for a neighbour too, others who owe pay it all.
    const [part, both] = [turn === 0, turn === 1];
    const accounts = both ? [owing[1], neighbour] : [owing[turn] ?? others[turn]];
    for (const supply_no of accounts) {
      await player.type(supply_no);
      await player.press('Enter');
      await page.locator('.basket tr.of').filter({ hasText: supply_no }).waitFor();
    }
    await player.still();
    const due = fenOf(await page.locator('.desk .total strong').innerText());
    const isAhead = owing[turn] === undefined;
    const fen = part ? Math.floor(due / 2) : isAhead ? due + 2000 + 10 * turn : due;
    const method = METHODS[part || both ? 0 : turn % METHODS.length];
    await player.press('Enter');
    if (fen !== due) await player.type(yuanOf(fen));
    if (isAhead) await player.press('Alt+y');
    await player.press(`Alt+${METHODS.indexOf(method) + 1}`);
    await pay(player, method, fen, turn);
    const shown = fenOf(await page.locator('.taken-figures strong').first().innerText());
    assert.equal(shown, fen, `what customer ${turn + 1} paid`);
    if (method === 'cash') assert.equal(fenOf(await page.locator('.taken-figures .give strong').innerText()), tenderOf(fen) - fen, 'the change');
    if (turn < 3) await player.shot(`cashier-taken-${turn + 1}`);
    payments.push({ receipt_no: await page.locator('.taken dd.figure').first().innerText(), method, fen, accounts });
    await player.press('Enter');
    await page.locator('.taken').waitFor({ state: 'detached' });
  }
  return payments;
}

/** Notes of a hundred. */
const tenderOf = (fen) => Math.ceil(fen / 10000) * 10000;

async function pay(player, method, fen, turn) {
  if (method === 'cash') {
    await player.press('Enter');
    await player.type(yuanOf(tenderOf(fen)));
  }
  if (WITH_BANK.includes(method)) {
    await player.press('Enter');
    await player.type(player.say('工商银行城关支行', 'ICBC Chengguan'));
  }
  if (WITH_NUMBER.includes(method)) {
    await player.press('Enter');
    await player.type(`N${1000 + turn}`);
  }
  if (turn < 3 || method === 'cheque') await player.shot(`cashier-${method}-${turn + 1}`);
  await player.press('Enter');
  await player.page.locator('.taken').waitFor();
}

/** What is on record is what was taken. */
async function check(cashier, payments) {
  const { items } = await cashier('/api/payments?cashier=cashier&limit=100');
  const told = (of) => of.map(({ receipt_no, method, amount }) => `${receipt_no} ${method} ${amount}`).sort();
  assert.deepEqual(told(items), told(payments.map((payment) => ({ ...payment, amount: yuanOf(payment.fen) }))));
  assert.equal(new Set(payments.map((payment) => payment.receipt_no)).size, CUSTOMERS, 'each has a receipt of his own');
  for (const { receipt_no, fen, accounts } of payments) {
    const { shares } = items.find((item) => item.receipt_no === receipt_no);
    assert.equal(shares.reduce((sum, share) => sum + fenOf(share.amount), 0), fen, `the shares of ${receipt_no}`);
    assert.deepEqual(new Set(shares.map((share) => share.supply_no)), new Set(accounts), `whose ${receipt_no} is`);
  }
}

async function takeBack(player, wrong, right) {
  const { page } = player;
  await player.go('/payments');
  await player.shot('payments');
  assert.equal(fenOf(await page.locator('.sums strong').innerText()), sumOf([...wrong, ...right]), 'the sum before');
  for (const { receipt_no } of wrong) {
    const chosen = () => page.locator('.desk .facts dd').first().innerText();
    for (let step = 0; (await chosen()) !== receipt_no; step += 1) {
      assert.ok(step < 2 * CUSTOMERS, `${receipt_no} is reached by keys`);
      await player.press('ArrowDown');
      await page.waitForTimeout(30);
    }
    await player.press('x');
    await page.locator('form.reason input').waitFor();
    await player.type(player.say('户号录错了', 'the wrong account'));
    if (receipt_no === wrong[0].receipt_no) await player.shot('payments-reason');
    await player.press('Enter');
    await page.locator('form.reason').waitFor({ state: 'detached' });
    await player.still();
  }
  await player.shot('payments-reversed');
  assert.equal(await page.locator('.work-bar ~ .table-frame tbody tr').count(), CUSTOMERS + wrong.length);
  assert.equal(fenOf(await page.locator('.sums strong').innerText()), sumOf(right), 'the sum after');
}

/** Counted ten yuan short, handed over, closed. */
async function closeTill(player, payments) {
  const { page } = player;
  const of = (method) => payments.filter((payment) => payment.method === method);
  await player.go('/till');
  await player.shot('till');
  // Past the notes and coins into the sum, then the papers, each with their number and amount.
  await player.press(...Array.from({ length: 8 }, () => 'Enter'));
  await player.type(yuanOf(sumOf(of('cash')) - SHORT_FEN));
  for (const method of ['pos', 'cheque', 'voucher']) {
    await player.press('Enter');
    await player.type(String(of(method).length));
    await player.press('Enter');
    await player.type(yuanOf(sumOf(of(method))));
  }
  await player.shot('till-filled');
  await player.press('Enter');
  await page.locator('.tag.bad').first().waitFor();
  await player.shot('till-counted');
  const compared = page.locator('.till-columns .data-table tbody tr');
  const cash = compared.filter({ hasText: player.say('现金', 'Cash') });
  assert.deepEqual((await cash.locator('td').allInnerTexts()).slice(1, 4).map(fenOf), [sumOf(of('cash')), sumOf(of('cash')) - SHORT_FEN, -SHORT_FEN]);
  assert.equal(await page.locator('.till-columns .tag.bad').count(), 1, 'the papers agree');
  await player.type('SLIP-1');
  await player.press('Enter');
  await page.getByText(player.say('今天不能再收款', 'takes no more payments today')).waitFor();
  await player.shot('till-closed');
  assert.match(await page.locator('main').innerText(), /[-−]10\.00/);
}
