import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { describeWith } from './describe-with.js';
import type { SuiteBody } from './describe-with.js';
import { dockerSocket } from './docker.js';

const PATH = process.env.HEADFRAME_TEST_CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE_MS = 20_000;

const NO_BROWSER = PATH !== '' && existsSync(PATH) ? undefined : 'no Chromium';
const NO_ENGINE = existsSync(dockerSocket) ? undefined : `no Docker Engine at ${dockerSocket}`;

/** A `describe` that needs a real browser. */
export const describeInBrowser: (title: string, body: SuiteBody) => void = describeWith(NO_BROWSER);

/** A `describe` that needs a real browser and a real engine. */
export const describeWithBrowser: (title: string, body: SuiteBody) => void = describeWith(NO_ENGINE ?? NO_BROWSER);

/** A tab of a real browser, and what went wrong in it. */
export interface Tab {
  readonly page: Page;
  /** Errors of the page's script, what its policy forbade, and dialogs that somebody else's markup opened. */
  readonly faults: string[];
}

/** Starts the browser; as root it has no sandbox of its own. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Opens a tab that believes any certificate. */
export async function openTab(browser: Browser): Promise<Tab> {
  const context: BrowserContext = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // That a request was refused, or a connection lost, is what some tests are about.
    if (message.type() === 'error' && !/status of 4|WebSocket|net::ERR_/.test(message.text()))
      faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, faults };
}

/** What axe finds on the page as it is, of serious impact and above; by these rules alone where some are named. */
export async function seriousIssues(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Past the page's policy, which lets no other script run.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const options = rules === undefined ? {} : { runOnly: rules };
  const expression = `axe.run(${JSON.stringify(options)}).then(({ violations }) => JSON.stringify(violations))`;
  const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  await session.detach();
  // As axe documents it.
  const violations = JSON.parse(String(result.value)) as readonly Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}
