// The stage of a browser story: a demonstration bureau of its own, its server, and Chromium.
//
// A story fails when a page writes an error to its console, when a request fails, or when the server
// answers with a fault, unless the story said that it expects a refusal.

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { chromium } from 'playwright-core';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const shots = join(root, 'target/screenshots', process.env.GRIDHALL_TEST_ENGINE ?? 'sqlite');
const binary = process.env.GRIDHALL_BIN ?? join(root, 'target/debug/gridhall');
const browserPath = process.env.GRIDHALL_CHROMIUM ?? '/usr/bin/chromium';

/** An empty database of PostgreSQL for the one stage of the file; on SQLite each stage makes its own. */
const database = process.env.GRIDHALL_STORY_DATABASE;

/** A laptop of a counter, and a tablet. */
export const LAPTOP = { width: 1366, height: 768 };
export const TABLET = { width: 768, height: 1024 };

/** Words come from the page alone: that the server is on another engine changes none of them. */
const LANGUAGES = database === undefined ? ['zh', 'en'] : ['zh'];

/** Fills a bureau and serves it; `customers` few enough that a story need not wait. */
export async function openStage({ customers = 300, seed = 1 } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'gridhall-story-'));
  await writeFile(join(data, 'gridhall.toml'), '');
  const env = { ...process.env, RUST_LOG: 'warn' };
  if (database !== undefined) env.DATABASE_URL = database;
  const filled = await run(binary, ['demo', '--customers', String(customers), '--seed', String(seed), '--data', data], { env, maxBuffer: 1 << 24 });
  const passwords = Object.fromEntries(
    filled.stdout.trim().split('\n').slice(1).map((line) => line.split(',').slice(0, 2)),
  );
  const port = await freePort();
  const server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--data', data], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = [];
  server.stderr.on('data', (text) => said.push(String(text)));
  const address = `http://127.0.0.1:${port}`;
  await healthy(address, said);
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: browserPath, args: [...args, '--force-color-profile=srgb', '--font-render-hinting=none'] });
  return new Stage({ data, env, passwords, server, address, browser, said });
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

async function healthy(address, said) {
  for (let turn = 0; turn < 200; turn += 1) {
    const answer = await fetch(`${address}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the server did not become healthy:\n${said.join('')}`);
}

class Stage {
  constructor(parts) {
    Object.assign(this, parts);
    this.players = [];
  }

  /** Somebody at a browser of his own, who chose the language before unless it `isNew`. */
  async player({ language = 'zh', viewport = LAPTOP, isNew = false } = {}) {
    const context = await this.browser.newContext({
      viewport,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce',
      baseURL: this.address,
      acceptDownloads: true,
    });
    if (!isNew) await context.addInitScript((chosen) => localStorage.setItem('gridhall.language', chosen), language);
    const player = new Player(this, await context.newPage(), language);
    this.players.push(player);
    return player;
  }

  /** The command line on the same bureau. */
  async command(...args) {
    const { stdout } = await run(binary, [...args, '--data', this.data], { env: this.env, maxBuffer: 1 << 26 });
    return stdout;
  }

  /** Somebody who asks the API without a browser: `(await stage.as('chief'))('/api/arrears')`. */
  async as(login) {
    const headers = { 'X-Gridhall-Request': '1', 'Content-Type': 'application/json' };
    const body = JSON.stringify({ login, password: this.passwords[login] });
    const signedIn = await fetch(`${this.address}/api/session`, { method: 'POST', headers, body });
    if (!signedIn.ok) throw new Error(`${login} cannot sign in: ${await signedIn.text()}`);
    const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    return async (path) => {
      const answer = await fetch(`${this.address}${path}`, { headers: { ...headers, cookie } });
      if (!answer.ok) throw new Error(`${answer.status} ${path}: ${await answer.text()}`);
      return answer.json();
    };
  }

  /** Accounts in arrears, at most fifty, and all others. */
  async whoOwes() {
    const arrears = await (await this.as('chief'))('/api/arrears?limit=50');
    const owing = arrears.items.map((row) => row.supply_no);
    const [, ...archive] = (await this.command('export', 'customers')).trim().split('\n').map((line) => line.split(',')[0]);
    return { owing, others: [...new Set(archive)].filter((supply_no) => !owing.includes(supply_no)) };
  }

  async close() {
    await this.browser.close();
    const ended = new Promise((done) => this.server.once('exit', done));
    this.server.kill('SIGTERM');
    await ended;
    await rm(this.data, { recursive: true, force: true });
    const faults = this.said.join('').split('\n').filter((line) => /ERROR|panicked/.test(line));
    if (faults.length > 0) throw new Error(`the server had faults:\n${faults.join('\n')}`);
  }
}

// Animations end at once, yet they end: what listens for that would stay drawn without.
const STILL = '*, *::before, *::after { transition: none !important; animation-duration: 1ms !important; animation-delay: 0s !important; caret-color: transparent !important; }';

class Player {
  constructor(stage, page, language) {
    Object.assign(this, { stage, page, language, wrong: [], expected: [], asked: new Set() });
    page.setDefaultTimeout(15_000);
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.wrong.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.wrong.push(`page: ${error.message}`));
    page.on('request', (request) => this.asked.add(request));
    page.on('requestfailed', (request) => {
      this.asked.delete(request);
      // What a page no longer wants when it is left has not failed.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') this.wrong.push(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      this.asked.delete(response.request());
      const path = new URL(response.url()).pathname;
      if (response.status() >= 400 && !this.expected.some((of) => of.status === response.status() && path.includes(of.path))) {
        this.wrong.push(`${response.status()} ${response.request().method()} ${path}`);
      }
    });
  }

  /** Words in the language of the player. */
  say(zh, en) {
    return this.language === 'zh' ? zh : en;
  }

  /** A refusal that belongs to the story. */
  expect(status, path) {
    this.expected.push({ status, path });
  }

  async go(path) {
    await this.page.goto(path);
    await this.still();
  }

  /** Waits until the page has asked everything and shows it. */
  async still() {
    for (let quiet = 0, turn = 0; quiet < 4; turn += 1) {
      if (turn > 600) throw new Error(`still waiting for ${[...this.asked].map((request) => request.url()).join(' ')}`);
      await this.page.waitForTimeout(25);
      quiet = this.asked.size === 0 ? quiet + 1 : 0;
    }
    await this.page.waitForFunction(() => document.querySelector('.state[role=status]') === null);
    await this.page.addStyleTag({ content: STILL });
    await this.page.waitForTimeout(50);
  }

  async signIn(login) {
    this.expect(401, '/api/session');
    await this.page.goto('/');
    await this.page.locator('input[name=username]').fill(login);
    await this.page.locator('input[name=password]').fill(this.stage.passwords[login]);
    await this.page.keyboard.press('Enter');
    await this.page.locator('nav').first().waitFor();
    await this.still();
  }

  async shot(name, { fullPage = false } = {}) {
    await mkdir(shots, { recursive: true });
    await this.still();
    await this.page.screenshot({ path: join(shots, `${name}-${this.language}.png`), fullPage });
    await this.fits(name);
  }

  /** Nothing stands outside of the window's width. */
  async fits(name) {
    const [wide, window] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > window + 1) this.wrong.push(`${name} is ${wide} wide in a window of ${window}`);
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  /** Picks from a list of choices, found by typing where it is long. */
  async choose(list, choice, { typed = false } = {}) {
    // At the window's edge the list turns over while it is being pointed at.
    await list.evaluate((field) => field.scrollIntoView({ block: 'center' }));
    await list.click();
    if (typed) await list.fill(choice);
    await this.page.locator('.ant-select-item-option:visible').filter({ hasText: choice }).first().click();
    await this.page.locator('.ant-select-open').waitFor({ state: 'detached' });
  }

  /** The player leaves; whatever went wrong on his pages fails the story. */
  async leave() {
    await this.page.context().close();
    if (this.wrong.length > 0) throw new Error(this.wrong.join('\n'));
  }
}

/** Plays an act as somebody, in each language. */
export function inBothLanguages(test, stage, name, act, options = {}) {
  for (const language of LANGUAGES) {
    test(`${name} (${language})`, () => play(stage(), { language, ...options }, act));
  }
}

/** The same in a bureau of its own for each language: for what is done once in a day. */
export function inTwoBureaus(test, bureau, name, act) {
  for (const language of LANGUAGES) {
    test(`${name} (${language})`, async () => {
      const stage = await openStage(bureau);
      try {
        await play(stage, { language }, act);
        await stage.command('verify');
      } finally {
        await stage.close();
      }
    });
  }
}

/** A failure tells where it happened, and what else was wrong on the way. */
async function play(stage, options, act) {
  const player = await stage.player(options);
  let failed;
  try {
    await act(player);
  } catch (error) {
    failed = error;
    await player.page.screenshot({ path: join(shots, `failed-${options.language}.png`) }).catch(() => undefined);
    error.message += `\nat ${player.page.url()}\n${player.wrong.join('\n')}`;
  }
  const left = await player.leave().catch((error) => error);
  if (failed ?? left) throw failed ?? left;
}
