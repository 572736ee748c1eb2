import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { PAGES, hrefOf } from '../../../../coordinator/dashboard/page/state/route.js';
import type { PageName } from '../../../../coordinator/dashboard/page/state/route.js';
import { Site } from '../../../../coordinator/dashboard/index.js';
import { buildPage } from '../../../../deploy/tooling/build-page.mjs';
import { describeInBrowser, launchBrowser, openTab, seriousIssues } from '../../../support/browser.js';
import type { Tab } from '../../../support/browser.js';
import { PretendedCoordinator } from '../../../support/pretended-coordinator.js';
import { MARKUP } from '../../../support/talking-model.js';
import { makeTempDir } from '../../../support/temp-dir.js';

/** Enough that every state of everything is there. */
const VARIANTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** What only markup that was taken for such would have made; the page has neither of its own. */
const MADE_OF_IT = `document.querySelectorAll('img, body script, [onerror]').length`;
const TOO_WIDE = 'document.documentElement.scrollWidth - innerWidth';
/** Rows that are wider than what they can be scrolled in. */
const CUT_OFF = `[...document.querySelectorAll('.table-frame')].filter((frame) =>
  frame.scrollWidth > frame.clientWidth && getComputedStyle(frame).overflowX !== 'auto').length`;

describeInBrowser('markup in whatever the dashboard is told', () => {
  const coordinator = new PretendedCoordinator(MARKUP, VARIANTS);
  let temp: AsyncDisposable & { path: string };
  let server: Server;
  let browser: Browser;
  let tab: Tab;
  let page: Page;
  let url: string;

  before(async () => {
    temp = await makeTempDir();
    [browser] = await Promise.all([launchBrowser(), buildPage(temp.path)]);
    const site = await Site.open(temp.path);
    server = createServer((request, response) => {
      if (site?.answer(request, response) !== true) response.writeHead(418).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address with a port.
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    tab = await openTab(browser);
    ({ page } = tab);
    await coordinator.serve(page);
    await page.goto(url);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
  after(async () => {
    await browser.close();
    server.close();
    await temp[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    expect(await page.evaluate(MADE_OF_IT)).to.equal(0);
    expect(tab.faults).to.deep.equal([]);
  });

  async function go(name: PageName, of = ''): Promise<void> {
    await page.goto(`${url}${hrefOf(name, of)}`);
    await page.locator('#title').waitFor();
  }

  /** Waits until the page shows it as it is, in a place of its own or within other words. */
  async function seen(within = 'main'): Promise<void> {
    await page.locator(within).getByText(MARKUP).first().waitFor();
  }

  for (const name of PAGES.filter((one) => one !== 'deploy'))
    it(`is text on the page ${name}`, async () => {
      await go(name);
      await seen();
    });

  for (const name of ['hosts', 'miners', 'instances', 'models'] as const)
    it(`is text wherever one of ${name} shows it`, async () => {
      for (const variant of name === 'models' ? [1] : VARIANTS) {
        await go(name, coordinator.nameOf(variant));
        await seen('h1');
        expect(await page.evaluate(MADE_OF_IT)).to.equal(0);
      }
    });

  it('is text as the name of what there is not, for anybody can make a link', async () => {
    await go('miners', MARKUP);
    await page.getByText('There is no such miner').waitFor();
    await seen('h1');
    expect(await page.title()).to.equal(`${MARKUP} · Headframe`);
  });

  it('is text in logs and in why they end', async () => {
    await go('instances', coordinator.nameOf(5));
    await page.getByRole('log').last().getByText(MARKUP).waitFor();
    await page.locator('.log-card p').getByText(MARKUP).waitFor();
  });

  it('is text in what a model answers, and in why it does not', async () => {
    await go('models', coordinator.nameOf(1));
    await page.getByLabel('Prompt').fill(MARKUP);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.locator('.reply').getByText(MARKUP).waitFor();
    await page.locator('.asked').getByText(MARKUP).waitFor();
  });

  it('is text in all of a row, and in what is asked before something is done', async () => {
    await go('plots');
    await page.getByRole('button', { name: 'All of row 1 of Plots' }).click();
    const sheet = page.getByRole('dialog', { name: 'All of row 1 of Plots' });
    await sheet.getByText(MARKUP).first().waitFor();
    await sheet.getByRole('button', { name: 'Delete', exact: true }).click();
    await page
      .getByRole('dialog', { name: /^Delete / })
      .getByText(MARKUP)
      .first()
      .waitFor();
  });

  it('is text in where something would go, and in why it would not', async () => {
    await go('deploy');
    await page.getByLabel('Name', { exact: true }).fill('alpha');
    await page.getByLabel('Image', { exact: true }).fill(MARKUP);
    await page.getByRole('button', { name: 'Where would it go?' }).click();
    await page.locator('.deploy-end').getByText(MARKUP).first().waitFor();
    await page.getByRole('region', { name: 'Why some would wait' }).getByText(MARKUP).first().waitFor();
  });

  it('sticks out nowhere, however long names are, and no row has anything out of reach', async () => {
    for (const width of [390, 1024]) {
      await page.setViewportSize({ width, height: 900 });
      for (const name of PAGES) {
        await go(name);
        if (name !== 'deploy') await seen();
        expect(await page.evaluate(TOO_WIDE), `${name} at ${String(width)}`).to.equal(0);
        expect(await page.evaluate(CUT_OFF), `${name} at ${String(width)}`).to.equal(0);
      }
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('leaves nothing that axe finds serious where every list has something of all', async () => {
    for (const name of ['leases', 'stake', 'scores', 'plots'] as const) {
      await go(name);
      await seen();
      expect(await seriousIssues(page), name).to.deep.equal([]);
    }
  });

  it('is text in every refusal', async () => {
    coordinator.isRefusing = true;
    for (const name of ['leases', 'models', 'plots', 'scores', 'stake'] as const) {
      await go(name);
      await seen('[role=alert]');
      expect(await page.evaluate(MADE_OF_IT)).to.equal(0);
    }
    await page.reload();
    await seen('[role=alert]');
  });

  it('was asked for by the contract’s own paths alone', () => {
    expect(coordinator.unknown).to.deep.equal([]);
  });
});
