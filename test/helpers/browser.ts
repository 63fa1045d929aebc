/** Pages in headless chromium, which a developer's machine may lack: tests skip by `noBrowser` then. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before } from 'node:test';

import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
export const noBrowser = executablePath === undefined ? 'no chromium here: apt-get install chromium' : false;

/** Playwright's own is too short for a busy machine. */
export const BROWSER_DEADLINE_MS = 100_000;

/** A page, and what it has logged and asked for. */
export interface Seen {
  page: Page;
  complaints: string[];
  requests: string[];
}

/** One browser for the tests of a file; the function that it returns opens an address in a context of its own. */
export function browserForFile(): (url: string, options: BrowserContextOptions) => Promise<Seen> {
  let browser: Browser | undefined;
  before(async () => {
    if (executablePath === undefined) return;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: BROWSER_DEADLINE_MS });
  });
  after(() => browser?.close());
  return async (url, options) => {
    assert.ok(browser !== undefined);
    const context = await browser.newContext(options);
    context.setDefaultTimeout(BROWSER_DEADLINE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    return { page, complaints, requests };
  };
}
