import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { PAGES } from '../../coordinator/dashboard/page/state/route.js';
import { bearerOf } from '../support/bearer.js';
import { describeWithBrowser, launchBrowser, seriousIssues } from '../support/browser.js';
import { DashboardTab, TAG } from '../support/dashboard-tab.js';
import { testImage } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { removeModelImages } from '../support/model-images.js';
import { RunningFleet } from '../support/running-fleet.js';
import { MARKUP, talkingModel } from '../support/talking-model.js';

/** What does not hang on colours and room is the same in both. */
const LOOKS = [
  { colorScheme: 'light', width: 2560, rules: undefined },
  { colorScheme: 'dark', width: 390, rules: ['color-contrast', 'target-size', 'scrollable-region-focusable'] },
] as const;

describeWithBrowser('the dashboard in a real browser', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let browser: Browser;
  let tab: DashboardTab;
  let page: Page;
  let url: string;

  before(async () => {
    const port = String(await freePort());
    url = `https://127.0.0.1:${port}/`;
    const coordinator = ['--http-listen', `127.0.0.1:${port}`];
    // Of the agent: that of the coordinator counts from the second sample on.
    const sampled = ['--usage-interval', '1s'];
    [fleet, browser] = await Promise.all([
      RunningFleet.open({ alpha: { flags: sampled } }, { coordinator }),
      launchBrowser(),
    ]);
    tab = await DashboardTab.open(browser, url);
    ({ page } = tab);
  });
  after(async () => {
    await browser.close();
    await fleet.close();
    await removeModelImages(fleet.engine.docker, 'parrot');
  });
  afterEach(() => {
    expect(tab.faults).to.deep.equal([]);
  });

  async function deploy(name: string, args: string, cpu: string): Promise<void> {
    await tab.go('deploy');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Image', { exact: true }).fill(testImage);
    await page.getByLabel('Arguments', { exact: true }).fill(args);
    await page.getByLabel('Variables', { exact: true }).fill(`SHOWN=${MARKUP}`);
    await page.getByLabel('CPUs').fill(cpu);
    await page.getByLabel('Memory, MiB').fill('32');
    await page.getByLabel('Disk, GiB').fill('0.01');
  }

  it('asks for a token, says why one is not taken, and puts none where it is kept or seen', async () => {
    await tab.logIn('wrong.token');
    await page.getByRole('alert').waitFor();
    await tab.logIn(await bearerOf(fleet, 'operator'));
    await page.getByText('operator-anna').waitFor();
    await tab.live();
    expect(page.url()).to.equal(url);
    expect(await page.context().cookies()).to.deep.equal([]);
  });

  it('deploys a miner after it has said where it would go, and shows it run', async () => {
    await deploy(
      'talker',
      `sh -c 'trap exit TERM; echo "${MARKUP.replaceAll('"', '\\"')}"; while sleep 0.2; do echo tick; done'`,
      '0.2',
    );
    await page.getByRole('button', { name: 'Where would it go?' }).click();
    await page.getByText('1 on alpha').waitFor();
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('heading', { name: 'talker', level: 1 }).waitFor();
    await page.getByText('1 of 1 running').waitFor();
  });

  it('tells an instance’s log as it comes and plots what it uses, whatever it says', async () => {
    const { id } = await fleet.instance('talker');
    await page.getByRole('link', { name: id }).first().click();
    const log = page.getByRole('log');
    await log.getByText(MARKUP).waitFor();
    const before = await log.getByText('tick').count();
    await log
      .getByText('tick')
      .nth(before + 4)
      .waitFor();
    await page.getByRole('figure', { name: /^Memory: used [\d.]+ [KM]iB/ }).waitFor();
    await page.getByRole('figure', { name: /^CPU: used [\d.]+ m?CPU/ }).waitFor();
  });

  it('deploys a model of a Dockerfile that was picked, and shows what its build says', async () => {
    await tab.go('deploy');
    await page.getByLabel('An AI model from its Dockerfile').check();
    await page.getByLabel('Name', { exact: true }).fill('parrot');
    await page
      .getByLabel('File', { exact: true })
      .setInputFiles({ name: 'Dockerfile', mimeType: 'text/plain', buffer: talkingModel });
    await page.getByLabel('Port', { exact: true }).fill('3000');
    await page.getByLabel('CPUs').fill('0.2');
    await page.getByLabel('Memory, MiB').fill('32');
    await page.getByLabel('Disk, GiB').fill('0.01');
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('region', { name: 'Building its image' }).getByRole('log').getByText(MARKUP).first().waitFor();
    await page.getByText('1 of 1 running, 1 healthy').waitFor();
  });

  it('asks a model, shows what it answers as it comes and as text alone, and why it does not', async () => {
    const card = page.getByRole('region', { name: 'Ask it' });
    const ask = card.getByRole('button', { name: 'Ask', exact: true });
    await ask.click();
    await card.getByText('something to be answered').waitFor();
    await card.getByLabel('Prompt').fill('Say something');
    await card.getByLabel('Prompt').press('Control+Enter');
    await card.getByText('to begin with,', { exact: true }).waitFor();
    await card.getByText(`to begin with, ${MARKUP}`, { exact: true }).waitFor();
    const { id } = await fleet.instance('parrot');
    await card.getByRole('link', { name: id }).waitFor();
    await card.getByLabel('Prompt').fill('Say nothing');
    await ask.click();
    await card.getByRole('alert').getByText('the status 401: no words <b>left</b>').waitFor();
  });

  it('shows the why of a miner that fits nowhere', async () => {
    await deploy('giant', 'sleep 1000', '64');
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    const why = page.getByRole('region', { name: 'Why instances are missing' });
    await why.getByText(/needs 64 CPU/).waitFor();
    await tab.go('overview');
    await page.getByRole('region', { name: 'Needs attention' }).getByRole('link', { name: 'giant' }).click();
    await tab.act('Delete', 'Delete', [/to go on/, 'giant']);
    await page.getByText('There is no such miner').waitFor();
  });

  it('scales, stops and starts a miner, each after a question', async () => {
    await tab.go('miners/talker');
    const scale = page.getByRole('button', { name: 'Scale', exact: true });
    await scale.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.locator(':focus').textContent()).to.equal('Scale');
    await tab.act('Scale', 'Scale', [/Wanted instances/, '3']);
    await page.getByText('3 of 3 running').waitFor();
    expect(await fleet.containers('talker')).to.have.length(3);
    await tab.act('Stop', 'Stop');
    await page.getByText('0 of 0 running').waitFor();
    await tab.act('Start', 'Start');
    await page.getByText('3 of 3 running').waitFor();
  });

  it('is deployed, read and stopped by the keyboard alone', async () => {
    const { keyboard } = page;
    const type = async (field: string, text: string): Promise<void> => {
      await tab.tabTo(field);
      await keyboard.type(text);
    };
    const enter = async (what: string | RegExp): Promise<void> => {
      await tab.tabTo(what);
      await keyboard.press('Enter');
    };
    await tab.go('overview');
    await enter('Deploy');
    await page.getByRole('heading', { name: 'Deploy', level: 1 }).waitFor();
    await enter('Deploy');
    await page.locator('[aria-invalid=true]:focus').waitFor();
    await type('Name', 'typed');
    await type('Image', testImage);
    await type('Arguments', `sh -c 'trap exit TERM; echo said; while sleep 0.2; do :; done'`);
    await type('CPUs', '0.1');
    await type('Memory, MiB', '32');
    await type('Disk, GiB', '0.01');
    await enter('Deploy');
    await page.getByRole('heading', { name: 'typed', level: 1 }).waitFor();
    await page.getByText('1 of 1 running').waitFor();
    await enter(/^typed-\d+$/);
    await page.getByRole('log').getByText('said', { exact: true }).waitFor();
    await tab.tabTo(/^Log of typed-/);
    await enter('typed');
    await page.getByRole('heading', { name: 'typed', level: 1 }).waitFor();
    await enter('Stop');
    await page.getByRole('dialog').waitFor();
    await enter('Stop');
    await page.getByText('0 of 0 running').waitFor();
  });

  it('shows what engines and operators say as text alone', async () => {
    await fleet.apply({ name: 'unstartable', container: { workdir: `/proc/${TAG}` } });
    await tab.go('miners/unstartable');
    await page.getByRole('region', { name: 'Latest events' }).getByText(TAG).first().waitFor();
    await fleet.fleet.deleteMiner({ name: 'unstartable' });
    await fleet.hosts.cordonHost({ host: 'alpha', text: TAG });
    for (const place of ['overview', 'events']) {
      await tab.go(place);
      await page.getByRole('main').getByText(TAG).first().waitFor();
    }
    await fleet.hosts.uncordonHost({ host: 'alpha' });
    expect(await page.locator('img').count()).to.equal(0);
  });

  it('has no serious issue that axe finds, on any page, on a wall and dark on a phone, where nothing sticks out', async () => {
    const { id } = await fleet.host('alpha');
    const [instance] = await fleet.running('talker', 3);
    const places = [...PAGES, 'miners/talker', 'miners/parrot', `hosts/${id}`, `instances/${instance?.id ?? ''}`];
    for (const { colorScheme, width, rules } of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const place of places) {
        await tab.go(place);
        await page.locator('h1').waitFor();
        expect(await seriousIssues(page, rules), `${place} ${colorScheme}`).to.deep.equal([]);
        const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(tooWide, `${place} at ${String(width)}`).to.equal(0);
      }
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('offers viewers nothing that they may not do, and says why', async () => {
    const guest = await DashboardTab.open(browser, url);
    const { page: other, faults } = guest;
    await guest.logIn(await bearerOf(fleet, 'viewer'));
    await other.getByRole('link', { name: 'Miners', exact: true }).click();
    expect(await other.getByRole('link', { name: 'Deploy' }).count()).to.equal(0);
    await other.getByRole('link', { name: 'talker' }).click();
    const stop = other.getByRole('button', { name: /^Stop\. The role viewer/ });
    await stop.click({ force: true });
    expect(await stop.getAttribute('aria-disabled')).to.equal('true');
    expect(await other.getByRole('dialog').count()).to.equal(0);
    await other.goto(`${url}#/miners/parrot`);
    await other
      .getByRole('region', { name: 'Ask it' })
      .getByText(/The role viewer/)
      .waitFor();
    expect(faults).to.deep.equal([]);
    await guest.close();
  });

  it('lets renters ask models, and shows them no miners', async () => {
    const guest = await DashboardTab.open(browser, url);
    const { page: other, faults } = guest;
    await guest.logIn(await bearerOf(fleet, 'renter', 'default'));
    await other.getByRole('link', { name: 'Models', exact: true }).click();
    await other
      .getByRole('row', { name: /parrot 1 of 1/ })
      .getByRole('link', { name: 'parrot' })
      .click();
    await other.getByLabel('Prompt').fill('Say something');
    await other.getByRole('button', { name: 'Ask', exact: true }).click();
    await other.getByText(`to begin with, ${MARKUP}`, { exact: true }).waitFor();
    expect(await other.getByRole('link', { name: /^parrot-|Miners|its miner/ }).count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await guest.close();
  });

  it('says that it is stale while the coordinator is away, and goes on by itself', async () => {
    await tab.go('miners/talker');
    await fleet.coordinator.end('SIGKILL');
    await page.getByText(/The coordinator is not heard/).waitFor();
    await fleet.startCoordinator();
    await tab.live();
    await fleet.fleet.scaleMiner({ name: 'talker', replicas: 1 });
    await page.getByText('1 of 1 running').waitFor();
  });

  it('logs in again by the tab alone, and forgets the token with it', async () => {
    await page.reload();
    await tab.live();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });
});
