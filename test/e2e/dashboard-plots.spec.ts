import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { bearerOf } from '../support/bearer.js';
import { describeWithBrowser, launchBrowser } from '../support/browser.js';
import { DashboardTab, TAG } from '../support/dashboard-tab.js';
import { freePort } from '../support/free-port.js';
import { RunningFleet } from '../support/running-fleet.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const PHONE = { width: 390, height: 844 };
const LAPTOP = { width: 1280, height: 720 };

describeWithBrowser('plots on the dashboard in a real browser', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let browser: Browser;
  let tab: DashboardTab;
  let page: Page;
  let url: string;
  let disks: AsyncDisposable & { path: string };
  const disk = (name: string): string => join(disks.path, name);

  before(async () => {
    disks = await makeTempDir();
    for (const name of ['one', TAG]) await mkdir(disk(name));
    const port = String(await freePort());
    url = `https://127.0.0.1:${port}/`;
    const folders = ['--plots-folders', `${disk('one')},${disk(TAG)}`];
    const flags = [...folders, '--plots-rate', '60MiB', '--plots-keep-free', '0'];
    [fleet, browser] = await Promise.all([
      RunningFleet.open({ alpha: { flags } }, { coordinator: ['--http-listen', `127.0.0.1:${port}`] }),
      launchBrowser(),
    ]);
    tab = await DashboardTab.open(browser, url);
    ({ page } = tab);
    await tab.logIn(await bearerOf(fleet, 'operator'));
    await page.getByText('operator-anna').waitFor();
    await tab.go('plots');
  });
  after(async () => {
    await browser.close();
    await fleet.close();
    await disks[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    expect(await page.locator('img').count()).to.equal(0);
    expect(tab.faults).to.deep.equal([]);
  });

  async function make(size: string, folder: string): Promise<void> {
    const made = await fleet.headframe([
      'plots',
      'create',
      '--host',
      'alpha',
      '--size',
      size,
      '--folder',
      disk(folder),
    ]);
    expect(made.code, made.stderr).to.equal(0);
  }

  const row = (table: string, name: RegExp) => page.getByRole('table', { name: table }).getByRole('row', { name });

  it('are shown as they are made, each with its disk, whatever that is called', async () => {
    await make('100MiB', TAG);
    await page.reload();
    await row('Jobs', /alpha running/)
      .getByRole('img', { name: /^[\d.]+ MiB of 100 MiB$/ })
      .waitFor();
    await row('Jobs', /alpha done/).waitFor();
    await row('Plots', /alpha valid 100 MiB/).waitFor();
    await row('Disks', /alpha well .* 1 100 MiB .*<img src=x onerror=alert\(1\)>/).waitFor();
    await page.getByRole('button', { name: 'All of row 1 of Plots' }).press('Enter');
    await page
      .getByRole('dialog')
      .getByText(/plot_[0-9a-f]{32}\.plot$/)
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.locator(':focus').getAttribute('aria-label')).to.equal('All of row 1 of Plots');
  });

  it('are ended while they are made, and nothing is left of them', async () => {
    await make('2GiB', 'one');
    await page.reload();
    await row('Jobs', /alpha running/).waitFor();
    await waitFor('a part of it', async () => (await readdir(disk('one'))).length > 0);
    await tab.act('End', 'End');
    await row('Jobs', /alpha ended/).waitFor();
    expect(await readdir(disk('one'))).to.deep.equal([]);
  });

  it('are checked, and a check that fails says why and can be tried again', async () => {
    const [name = ''] = await readdir(disk(TAG));
    const file = await open(join(disk(TAG), name), 'r+');
    const at = 50 * 2 ** 20;
    const { buffer } = await file.read(Buffer.alloc(64), 0, 64, at);
    await file.write(Buffer.alloc(64), 0, 64, at);
    await tab.act('Check', 'Check');
    const failed = row('Jobs', /alpha failed/);
    await failed.getByRole('button', { name: /^All of row/ }).click();
    await page.getByRole('dialog').locator('[title=plot_damaged]').waitFor();
    await page.keyboard.press('Escape');
    await file.write(buffer, 0, 64, at);
    await file.close();
    await tab.act('Retry', 'Retry');
    await row('Jobs', /alpha done 100 MiB of 100 MiB.* check/).waitFor();
  });

  it('are looked at by viewers, who are told why they may do nothing with them', async () => {
    const guest = await DashboardTab.open(browser, url);
    await guest.logIn(await bearerOf(fleet, 'viewer'));
    await guest.page.getByRole('link', { name: 'Plots', exact: true }).click();
    for (const name of ['Check', 'Delete', 'End']) {
      const button = guest.page.getByRole('button', { name: new RegExp(`^${name}\\. The role viewer`) }).first();
      await button.click({ force: true });
      expect(await button.getAttribute('aria-disabled')).to.equal('true');
    }
    expect(await guest.page.getByRole('dialog').count()).to.equal(0);
    expect(guest.faults).to.deep.equal([]);
    await guest.close();
  });

  it('are deleted, on a phone as well, once the name of their host is typed', async () => {
    await page.setViewportSize(PHONE);
    await page.getByRole('button', { name: 'All of row 1 of Plots' }).click();
    const sheet = page.getByRole('dialog', { name: 'All of row 1 of Plots' });
    await sheet.getByRole('button', { name: 'Delete', exact: true }).click();
    const asked = page.getByRole('dialog', { name: /^Delete plot_/ });
    expect(await asked.getByRole('button', { name: 'Delete', exact: true }).isDisabled()).to.equal(true);
    await tab.confirm('Delete', [/to go on/, 'alpha']);
    await page.getByText('No plots', { exact: true }).waitFor();
    expect(await readdir(disk(TAG))).to.deep.equal([]);
    await page.setViewportSize(LAPTOP);
  });

  it('are missed where their disk is gone, with the why', async () => {
    await rename(disk('one'), disk('away'));
    await page.reload();
    await row('Disks', /alpha missing .*one/).waitFor();
    const away = page.getByRole('table', { name: 'Disks' }).getByRole('row', { name: /missing/ });
    await away.getByRole('button').click();
    await page.getByRole('dialog').locator('[title=plot_folder_missing]').waitFor();
  });
});
