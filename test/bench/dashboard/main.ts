import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser, openTab } from '../../support/browser.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { bearerOf } from '../../support/bearer.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { freePort } from '../../support/free-port.js';
import { HostCertificates } from '../../support/host-certificates.js';
import { TestFleet } from '../../support/programs.js';
import { sampleReport } from '../../support/sample-report.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';
import { percentile, printResult, say } from '../report.js';

const HOST = 'bench-host';
/** Between two reports, in milliseconds. */
const PAUSE_MS = 60;

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '1000' },
    reports: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const instances = Number(values.instances);
const reports = Number(values.reports);
const loadBefore = loadavg()[0] ?? 0;

/** In the browser: when a picture is drawn whose first row has been restarted so often. A text, for what is compiled here asks for more. */
const WHEN_DRAWN = (restarts: string): string => `new Promise((resolve) => {
  const look = () => {
    const cell = document.querySelector('.rows tbody tr:not(.space) td:nth-child(7)');
    if (cell?.textContent === '${restarts}') resolve(Date.now());
    else requestAnimationFrame(look);
  };
  look();
})`;

/**
 * Milliseconds from the report that instances were restarted so often until the picture with the first of them is drawn; of
 * one clock, for page and test are on one machine.
 */
async function measure(page: Page, serials: readonly number[], restarts: number): Promise<number> {
  const drawn = page.evaluate<number>(WHEN_DRAWN(String(restarts)));
  const sentAtMs = Date.now();
  await agent.report(...serials.map((serial) => sampleReport(serial, { restarts, startedAtMs: sentAtMs })));
  return (await drawn) - sentAtMs;
}

/** Kilobytes that come over the wire, heads included, until a browser that has nothing yet asks for a token. */
async function firstLoad(page: Page, url: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await session.send('Network.enable');
  await page.goto(url, { waitUntil: 'networkidle' });
  await page.getByLabel('Token').waitFor();
  await session.detach();
  return bytes / 1000;
}

await using dir = await makeTempDir();
const port = String(await freePort());
const fleet = new TestFleet(dir.path, { coordinator: ['--log-level', 'warn', '--http-listen', `127.0.0.1:${port}`] });
await fleet.startCoordinator();
const certificates = await (await HostCertificates.open(fleet.storeFolder)).of(HOST);
const claimed = { cpuMillis: 1_000_000, memoryBytes: 2 ** 42, diskBytes: 2 ** 44, gpus: 0, pids: 0 };
const agent = await FakeAgent.connect(fleet.address, HOST, { certificates, hello: { claimed } });
const browser = await launchBrowser();
try {
  const resources = { cpuMillis: 100, memoryBytes: 2 ** 25, diskBytes: 2 ** 20, gpus: 0, pids: 0 };
  await fleet.fleet.applyMiners({ miners: [wireSpec({ name: 'bench', replicas: instances, resources })] });
  await waitFor(
    'all to run',
    async () => (await fleet.fleet.getFleetStatus({})).instancesRunning === instances,
    60_000,
  );
  const { page } = await openTab(browser);
  const firstLoadKb = await firstLoad(page, `https://127.0.0.1:${port}/#/instances`);
  await page.getByLabel('Token').fill(await bearerOf(fleet, 'operator'));
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText(String(instances), { exact: true }).waitFor();
  const serials = [...agent.held.keys()].sort((a, b) => a - b);
  const one: number[] = [];
  for (let round = 1; round <= reports; round += 1) {
    one.push(await measure(page, serials.slice(0, 1), round));
    await sleep(PAUSE_MS);
  }
  const all: number[] = [];
  for (let round = 1; round <= 5; round += 1) all.push(await measure(page, serials, reports + round));
  say(
    `one: p50 ${String(percentile(one, 0.5))} ms, p99 ${String(percentile(one, 0.99))} ms; all: ${all.join(', ')} ms; first load ${firstLoadKb.toFixed(1)} kB`,
  );
  printResult({
    bench: 'dashboard',
    metrics: {
      ...{ instances, reports, change_p50_ms: percentile(one, 0.5), change_p99_ms: percentile(one, 0.99) },
      ...{ all_change_p50_ms: percentile(all, 0.5), first_load_kb: firstLoadKb },
    },
    notes: [
      'from the report of an agent until the picture with the changed row is drawn, in headless Chromium beside the coordinator',
      `all_change: every instance changes at once; first_load: what came over the wire until a token was asked for`,
      `load ${loadBefore.toFixed(2)} before, ${(loadavg()[0] ?? 0).toFixed(2)} after`,
    ],
  });
} finally {
  await browser.close();
  await agent.close();
  await fleet.endPrograms();
}
