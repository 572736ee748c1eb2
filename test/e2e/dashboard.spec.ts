import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { bearerOf } from '../support/bearer.js';
import { describeWithBrowser, launchBrowser, openTab, seriousIssues } from '../support/browser.js';
import type { Tab } from '../support/browser.js';
import { testImage } from '../support/docker.js';
import { freePort } from '../support/free-port.js';
import { RunningFleet } from '../support/running-fleet.js';

const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
/** It says something for some seconds, so that it can be seen. */
const DOCKERFILE = Buffer.from(`FROM ${testImage}
RUN for step in 1 2 3 4 5 6; do echo 'step <img src=x onerror="alert(1)"><script>alert(2)</script>'; sleep 0.4; done
RUN mkdir -p /www && echo healthy > /www/health
CMD ["busybox", "httpd", "-f", "-p", "3000", "-h", "/www"]
`);
const PAGES = ['overview', 'hosts', 'miners', 'instances', 'deploy', 'leases', 'stake', 'scores', 'plots', 'events'];

describeWithBrowser('the dashboard in a real browser', function () {
  this.timeout(90_000);
  let fleet: RunningFleet;
  let browser: Browser;
  let tab: Tab;
  let page: Page;
  let url: string;

  before(async () => {
    const port = String(await freePort());
    url = `https://127.0.0.1:${port}/`;
    const coordinator = ['--http-listen', `127.0.0.1:${port}`, '--usage-interval', '1s'];
    [fleet, browser] = await Promise.all([RunningFleet.open({ alpha: {} }, { coordinator }), launchBrowser()]);
    tab = await openTab(browser);
    ({ page } = tab);
  });
  after(async () => {
    await browser.close();
    await fleet.close();
    const built = await fleet.engine.docker.listImages({ filters: { label: ['headframe.content'] } });
    for (const { Id, RepoTags } of built)
      if (RepoTags?.some((tag) => tag.includes('parrot')) === true)
        await fleet.engine.docker.getImage(Id).remove({ force: true });
  });
  afterEach(() => {
    expect(tab.faults).to.deep.equal([]);
  });

  async function logIn(on: Page, token: string): Promise<void> {
    await on.goto(url);
    await on.getByLabel('Token').fill(token);
    await on.getByRole('button', { name: 'Log in' }).click();
  }

  async function go(place: string): Promise<void> {
    await page.evaluate((hash) => {
      // In the browser.
      (globalThis as unknown as { location: { hash: string } }).location.hash = hash;
    }, `#/${place}`);
  }

  /** Asks for something by its button, and says yes. */
  async function act(button: string, yes: string, fill?: readonly [string | RegExp, string]): Promise<void> {
    await page.getByRole('button', { name: button, exact: true }).click();
    const dialog = page.getByRole('dialog');
    if (fill !== undefined) await dialog.getByLabel(fill[0]).fill(fill[1]);
    await dialog.getByRole('button', { name: yes, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  async function deploy(name: string, args: string, cpu: string): Promise<void> {
    await go('deploy');
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Image', { exact: true }).fill(testImage);
    await page.getByLabel('Arguments', { exact: true }).fill(args);
    await page.getByLabel('Variables', { exact: true }).fill(`SHOWN=${MARKUP}`);
    await page.getByLabel('CPUs').fill(cpu);
    await page.getByLabel('Memory, MiB').fill('32');
    await page.getByLabel('Disk, GiB').fill('0.01');
  }

  it('asks for a token, says why one is not taken, and puts none where it is kept or seen', async () => {
    await logIn(page, 'wrong.token');
    await page.getByRole('alert').waitFor();
    await logIn(page, await bearerOf(fleet, 'operator'));
    await page.getByText('operator-anna').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    expect(page.url()).to.equal(url);
    expect(await page.context().cookies()).to.deep.equal([]);
  });

  it('deploys a miner after it has said where it would go, and shows it run', async () => {
    await deploy(
      'talker',
      `sh -c 'echo "${MARKUP.replaceAll('"', '\\"')}"; while sleep 0.2; do echo tick; done'`,
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
    await page.waitForFunction(
      ([count]) => {
        // In the browser.
        const { document } = globalThis as unknown as {
          document: { querySelectorAll(what: string): ArrayLike<unknown> };
        };
        return document.querySelectorAll('.log-line').length > (count ?? 0) + 4;
      },
      [before],
    );
    await page.getByRole('figure', { name: /^Memory: used [\d.]+ [KM]iB/ }).waitFor();
    await page.getByRole('figure', { name: /^CPU: used [\d.]+ CPU/ }).waitFor();
  });

  it('deploys a model of a Dockerfile that was picked, and shows what its build says', async () => {
    await go('deploy');
    await page.getByLabel('An AI model from its Dockerfile').check();
    await page.getByLabel('Name', { exact: true }).fill('parrot');
    await page
      .getByLabel('File', { exact: true })
      .setInputFiles({ name: 'Dockerfile', mimeType: 'text/plain', buffer: DOCKERFILE });
    await page.getByLabel('Port', { exact: true }).fill('3000');
    await page.getByLabel('CPUs').fill('0.2');
    await page.getByLabel('Memory, MiB').fill('32');
    await page.getByLabel('Disk, GiB').fill('0.01');
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('region', { name: 'Building its image' }).getByRole('log').getByText(MARKUP).first().waitFor();
    await page.getByText('1 of 1 running').waitFor();
    await act('Delete', 'Delete', [/to go on/, 'parrot']);
    await page.getByText('There is no such miner').waitFor();
  });

  it('shows the why of a miner that fits nowhere', async () => {
    await deploy('giant', 'sleep 1000', '64');
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    const why = page.getByRole('region', { name: 'Why instances are missing' });
    await why.getByText(/needs 64 CPU/).waitFor();
    await go('overview');
    await page.getByRole('region', { name: 'Needs attention' }).getByRole('link', { name: 'giant' }).click();
    await act('Delete', 'Delete', [/to go on/, 'giant']);
    await page.getByText('There is no such miner').waitFor();
  });

  it('scales, stops and starts a miner, each after a question', async () => {
    await go('miners/talker');
    await act('Scale', 'Scale', [/Wanted instances/, '3']);
    await page.getByText('3 of 3 running').waitFor();
    expect(await fleet.containers('talker')).to.have.length(3);
    await act('Stop', 'Stop');
    await page.getByText('0 of 0 running').waitFor();
    await act('Start', 'Start');
    await page.getByText('3 of 3 running').waitFor();
  });

  it('has no serious issue that axe finds, on any page, light and dark', async () => {
    const { id } = await fleet.host('alpha');
    const [instance] = await fleet.running('talker', 3);
    const places = [...PAGES, 'miners/talker', `hosts/${id}`, `instances/${instance?.id ?? ''}`];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const place of places) {
        await go(place);
        await page.locator('h1').waitFor();
        expect(await seriousIssues(page), `${place} ${colorScheme}`).to.deep.equal([]);
      }
    }
  });

  it('offers viewers nothing that they may not do, and says why', async () => {
    const { page: other, faults } = await openTab(browser);
    await logIn(other, await bearerOf(fleet, 'viewer'));
    await other.getByRole('link', { name: 'Miners', exact: true }).click();
    expect(await other.getByRole('link', { name: 'Deploy' }).count()).to.equal(0);
    await other.getByRole('link', { name: 'talker' }).click();
    const stop = other.getByRole('button', { name: /^Stop\. The role viewer/ });
    await stop.click({ force: true });
    expect(await stop.getAttribute('aria-disabled')).to.equal('true');
    expect(await other.getByRole('dialog').count()).to.equal(0);
    expect(faults).to.deep.equal([]);
    await other.context().close();
  });

  it('says that it is stale while the coordinator is away, and goes on by itself', async () => {
    await go('miners/talker');
    await fleet.coordinator.end('SIGKILL');
    await page.getByText(/The coordinator is not heard/).waitFor();
    await fleet.startCoordinator();
    await page.getByText('live', { exact: true }).waitFor();
    await fleet.fleet.scaleMiner({ name: 'talker', replicas: 1 });
    await page.getByText('1 of 1 running').waitFor();
  });

  it('logs in again by the tab alone, and forgets the token with it', async () => {
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });
});
