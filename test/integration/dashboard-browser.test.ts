/** The dashboard as a browser shows it, of a service that is under load. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { BrowserContextOptions, Page } from 'playwright-core';
import { BROWSER_DEADLINE_MS, browserForFile, noBrowser, type Seen } from '../helpers/browser.js';
import { dashboardLine, dashboardPort } from '../helpers/dashboard.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const openPage = browserForFile();

async function open(t: TestContext, url: string, options: BrowserContextOptions = {}): Promise<Seen> {
  const seen = await openPage(url, { viewport: { width: 1_280, height: 900 }, ...options });
  t.after(() => seen.page.context().close());
  return seen;
}

/** By evaluating again and again: what Playwright would put into the page for it, the page's policy forbids. */
async function until(page: Page, expression: string): Promise<void> {
  const state = () => expression;
  await waitFor('the page to show it', () => page.evaluate<boolean>(`Boolean(${expression})`), {
    deadlineMs: BROWSER_DEADLINE_MS,
    state,
  });
}

async function urlOf(service: Service): Promise<string> {
  return `http://127.0.0.1:${await dashboardPort(service)}/`;
}

// What runs in the page is text: its types are not those of Node.
const overflow = 'document.documentElement.scrollWidth - window.innerWidth';
const total = (title: string) =>
  `[...document.querySelectorAll("#totals div")].find((pair) => pair.firstChild.textContent === "${title}").lastChild.textContent`;
const shows = (text: string) => `document.body.innerText.includes(${JSON.stringify(text)})`;
/** Texts of the picture that reach out of it, or into each other within a tile. */
const badTexts = `[...document.querySelectorAll(".picture")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("text")].filter((text) => text.textContent !== "").map((text) => ({ text, box: text.getBoundingClientRect() }));
  const out = boxes.filter(({ box }) => box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom);
  const over = boxes.filter(({ text, box }) => boxes.some((other) => other.text !== text && other.text.parentNode === text.parentNode
    && other.box.left < box.right && box.left < other.box.right && other.box.top < box.bottom - 4 && box.top < other.box.bottom - 4));
  return [...out, ...over].map(({ text }) => text.textContent);
})`;
const paintedCharts = `[...document.querySelectorAll(".plot canvas")].filter((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
}).length`;

test('under load the figures move, and a reload and a stopped loop are shown', { skip: noBrowser }, async (t) => {
  const service = await serviceFor(t, ['--dashboard', '0', '--hang-timeout', '0s', 'http-hello.cjs']);
  const load = new Load(await service.port(), 4);
  const url = await urlOf(service);
  const { page, complaints, requests } = await open(t, url);
  await until(page, `${total('accepts/s')} !== "0" && document.querySelector(".line[data-flow=some]") !== null`);
  const first = await page.evaluate<string>('document.querySelector("#rows").innerText');
  await until(page, `document.querySelector("#rows").innerText !== ${JSON.stringify(first)}`);
  await until(page, `${paintedCharts} === 3`);
  assert.equal((await service.command('reload')).code, 0);
  await until(page, shows('reload to generation 2 complete'));
  await until(page, 'document.querySelector(".reload[data-outcome=complete]") !== null');
  await load.stop();
  const [, pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGSTOP');
  t.after(() => isAlive(pid) && process.kill(pid, 'SIGCONT'));
  await until(page, 'document.querySelector(".loop[data-look=stuck][data-slot=\\"1\\"]") !== null');
  assert.match((await page.locator('.loop[data-slot="1"]').getAttribute('aria-label')) ?? '', /^Slot 1: stuck, /);
  await until(page, `${total('stuck')} === "1"`);
  await until(page, shows(`slot 1 is stuck (pid ${pid})`));
  process.kill(pid, 'SIGCONT');
  await until(page, shows('slot 1 is not stuck any more'));
  assert.deepEqual(complaints, []);
  assert.ok(
    requests.every((request) => request.startsWith(url)),
    requests.join(' '),
  );
  assert.deepEqual(await page.evaluate(badTexts), []);
});

for (const [width, colorScheme] of [
  [1_280, 'light'],
  [360, 'dark'],
] as const) {
  test(`${width} px wide and ${colorScheme}: nothing overflows, with many slots`, { skip: noBrowser }, async (t) => {
    const service = await serviceFor(t, ['--dashboard', '0', 'http-hello.cjs'], { workers: 14 });
    const { page, complaints } = await open(t, await urlOf(service), {
      viewport: { width, height: 800 },
      colorScheme,
      reducedMotion: 'reduce',
    });
    await until(
      page,
      'document.querySelectorAll(".loop").length === 14 && document.querySelectorAll(".line").length === 14',
    );
    assert.ok((await page.evaluate<number>(overflow)) <= 0);
    assert.deepEqual(await page.evaluate(badTexts), []);
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    assert.equal(background === 'rgb(246, 247, 249)', colorScheme === 'light');
    assert.deepEqual(complaints, []);
  });
}

test('by keyboard: a loop is found and chosen, the stream paused and gone on with', { skip: noBrowser }, async (t) => {
  const service = await serviceFor(t, ['--dashboard', '0', 'http-hello.cjs'], { workers: 3 });
  const { page } = await open(t, await urlOf(service));
  await until(page, 'document.querySelectorAll(".loop").length === 3');
  const focused =
    'document.activeElement.id || document.activeElement.dataset.slot || document.activeElement.className';
  const order: string[] = [];
  for (let press = 0; press < 3; press += 1) {
    await page.keyboard.press('Tab');
    order.push(await page.evaluate<string>(focused));
  }
  assert.deepEqual(order, ['skip', 'pause', '0']);
  await page.locator('.loop[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(focused), '1');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.loop[aria-selected=true]').getAttribute('data-slot'), '1');
  assert.match((await page.locator('#chosen').textContent()) ?? '', /^Slot 1: /);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.loop[aria-selected=true]').count(), 0);
  await page.locator('#pause').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#link').textContent(), 'paused');
  await page.keyboard.press('Enter');
  await until(page, 'document.querySelector("#link").textContent === "live"');
});

test('it goes on after an upgrade of the master, and says when there is none', { skip: noBrowser }, async (t) => {
  const service = await serviceFor(t, ['--dashboard', '0', 'http-hello.cjs']);
  const { page } = await open(t, await urlOf(service));
  await until(page, 'document.querySelectorAll(".loop").length === 2');
  assert.equal((await service.command('upgrade')).code, 0);
  const { pid } = await service.status();
  await until(page, shows(`master ${pid}, up `));
  await until(page, shows(`another master is in charge: pid ${pid}`));
  assert.equal((await service.command('stop')).code, 0);
  await until(page, shows('no master answers'));
});

test('a token is taken from the address, kept out of it, or asked for', { skip: noBrowser }, async (t) => {
  const service = await serviceFor(t, ['--dashboard', '0.0.0.0:0', 'http-hello.cjs']);
  const token = /#token=([\w-]+)$/.exec((await dashboardLine(service)).msg)?.[1] ?? '';
  const url = await urlOf(service);
  const { page: given } = await open(t, `${url}#token=${token}`);
  await until(given, 'document.querySelectorAll(".loop").length === 2');
  assert.equal(given.url(), url);
  const { page: asked } = await open(t, url);
  await until(asked, 'document.querySelector("#login").open');
  await asked.keyboard.type('not-the-token-at-all');
  await asked.keyboard.press('Enter');
  await until(asked, shows('That was not the token.'));
  await asked.locator('#token').fill(token);
  await asked.keyboard.press('Enter');
  await until(asked, 'document.querySelectorAll(".loop").length === 2 && !document.querySelector("#login").open');
});
