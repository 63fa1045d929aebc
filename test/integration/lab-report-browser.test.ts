/** The report as a browser shows it, at the width of a desk and of a phone. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { writeReport } from '../../bench/lab/report/write.js';
import { browserForFile, noBrowser, type Seen } from '../helpers/browser.js';
import { temporaryFolder } from '../helpers/cli.js';
import { fullResult } from '../helpers/lab-results.js';

const openPage = browserForFile();
const file = join(temporaryFolder(), 'report.html');

before(() => (noBrowser === false ? writeReport(fullResult(), file) : undefined));

function open(width: number, colorScheme: 'light' | 'dark'): Promise<Seen> {
  return openPage(pathToFileURL(file).href, { viewport: { width, height: 800 }, colorScheme, offline: true });
}

// Run in the page, whose types are not those of Node.
const overflow = 'document.documentElement.scrollWidth - window.innerWidth';
const visibleCharts =
  '[...document.querySelectorAll("figure")].map((figure) => [...figure.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().height > 40).length)';
/** Texts of visible drawings that reach out of their drawing. */
const cutTexts = `[...document.querySelectorAll("figure svg")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return frame.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
  }).map((text) => text.textContent);
})`;
/** Of what can be seen: a fill needs an area, a stroke a width. */
const foreignColours = `[...new Set([...document.querySelectorAll("figure svg :not(defs *)")].flatMap((element) => {
  const box = element.getBoundingClientRect();
  const fill = box.width > 0 && box.height > 0 && element.getAttribute("fill-opacity") !== "0" && element.getAttribute("fill");
  const stroke = element.getAttribute("stroke-width") !== "0" && element.getAttribute("stroke");
  return [fill, stroke].filter((colour) => colour && colour !== "none" && colour !== "transparent");
}).filter((colour) => !/^var\\(--[a-z]+(-[a-z]+)?(-\\d)?\\)$/.test(colour)
  || getComputedStyle(document.documentElement).getPropertyValue(colour.slice(4, -1)) === ""))]`;
const background = 'getComputedStyle(document.body).backgroundColor';

for (const width of [1280, 360]) {
  test(
    `${width} px wide: nothing overflows, each chart is drawn once, offline and without a complaint`,
    { skip: noBrowser },
    async () => {
      const { page, complaints, requests } = await open(width, 'light');
      assert.deepEqual(complaints, []);
      assert.deepEqual(requests, [pathToFileURL(file).href]);
      assert.ok((await page.evaluate<number>(overflow)) <= 0);
      const charts = await page.evaluate<number[]>(visibleCharts);
      assert.ok(charts.length >= 10);
      assert.deepEqual(new Set(charts), new Set([1]));
      assert.deepEqual(await page.evaluate<string[]>(cutTexts), []);
    },
  );
}

test('dark where the reader wants it dark, and light on paper', { skip: noBrowser }, async () => {
  const { page } = await open(1280, 'dark');
  const dark = await page.evaluate<string>(background);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const printed = await page.evaluate<string>(background);
  assert.notEqual(dark, 'rgb(255, 255, 255)');
  assert.equal(printed, 'rgb(255, 255, 255)');
});

test(
  'colours of the charts come from the page: no mark is drawn in a colour that it does not have',
  { skip: noBrowser },
  async () => {
    const { page } = await open(1280, 'light');
    assert.deepEqual(await page.evaluate<string[]>(foreignColours), []);
  },
);
