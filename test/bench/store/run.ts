import { execFile } from 'node:child_process';
import { cp, readdir, rm, stat } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { makeTempDir } from '../../support/temp-dir.js';
import { PLAIN_FLAGS } from '../plain/run-plain.js';
import { printResult, say } from '../report.js';
import { lowdbRewrites, rawAppends } from './baselines.js';
import { fill, open } from './fill.js';
import type { OpenedFleet } from './fill.js';
import { byHost, oneByOne } from './transitions.js';
import type { Rate } from './transitions.js';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;
const LOWDB_RECORDS = 10_000;
const PATIENCE_MS = 120_000;
const RECOVER = fileURLToPath(new URL('./recover.ts', import.meta.url));

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
const seconds = Number(values.seconds);
const metrics: Record<string, number> = {};

function tell(figures: Readonly<Record<string, number>>): void {
  Object.assign(metrics, figures);
  const texts = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(value < 100 ? 2 : 0)}`);
  say(`${texts.join(', ')} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
}

function tellRate(name: string, { perS, perCpuS }: Rate): void {
  tell({ [`tx_per_s_${name}`]: perS, [`tx_per_cpu_s_${name}`]: perCpuS });
}

async function journalBytes(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.hfj'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Acknowledged transitions a second at one size of the store. */
async function transitions(opened: OpenedFleet, name: string, count: number): Promise<void> {
  const serials = Array.from(opened.fleet.instances(), ({ serial }) => serial);
  tellRate(name, await oneByOne(opened, serials, seconds));
  if (count >= SIZES['100k']) tellRate(`grouped_${name}`, await byHost(opened, count, seconds));
}

/** What one transition one by one takes in the journal. */
async function bytesOfOne(opened: OpenedFleet, folder: string): Promise<number> {
  const serials = Array.from(opened.fleet.instances(), ({ serial }) => serial);
  const before = await journalBytes(folder);
  const done = (await oneByOne(opened, serials, 0.001)).perS > 0 ? 1_000 : NaN;
  return ((await journalBytes(folder)) - before) / done;
}

/** Starts a process over the store as a crash would leave it, and over it after a clean stop. */
async function recoveries(opened: OpenedFleet, name: string, folder: string): Promise<void> {
  const crashed = `${folder}-crashed`;
  await copyAtRest(folder, crashed);
  await opened.store.close();
  await recover(crashed, `recover_${name}`);
  await recover(folder, `recover_${name}_clean`);
  for (const path of [folder, crashed]) await rm(path, { recursive: true });
}

/** Copies a store that nothing is committed to, once no snapshot is under way; its lock stays behind. */
async function copyAtRest(folder: string, to: string): Promise<void> {
  const isBusy = async (): Promise<boolean> => (await readdir(folder)).some((name) => name.endsWith('.tmp'));
  while (await isBusy()) await sleep(100);
  await cp(folder, to, { recursive: true, filter: (path) => !path.endsWith('/lock') });
}

async function recover(folder: string, key: string): Promise<void> {
  const args = [...PLAIN_FLAGS, RECOVER, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: PATIENCE_MS });
  // Printed by recover.ts.
  const { openedS, placedS, cpuS, rssMb } = JSON.parse(stdout) as Readonly<Record<string, number>>;
  tell({ [`${key}_s`]: placedS ?? NaN, [`${key}_open_s`]: openedS ?? NaN });
  tell({ [`${key}_cpu_s`]: cpuS ?? NaN, [`${key}_rss_mb`]: rssMb ?? NaN });
}

await using dir = await makeTempDir();
for (const [name, count] of Object.entries(SIZES)) {
  const folder = join(dir.path, name);
  const opened = await open(folder);
  await fill(opened, count);
  await transitions(opened, name, count);
  if (name === '1k') {
    const raw = await rawAppends(join(dir.path, 'raw'), await bytesOfOne(opened, folder), seconds);
    const lowdb = await lowdbRewrites(join(dir.path, 'lowdb'), LOWDB_RECORDS, seconds);
    tell({ raw_appends_per_s: raw.perS, lowdb_rewrites_per_s: lowdb.perS });
  }
  if (count >= SIZES['100k']) await recoveries(opened, name, folder);
  else await opened.store.close();
}
const { tx_per_s_1k: small = NaN, tx_per_s_100k: large = NaN, tx_per_s_10k: middle = NaN } = metrics;
tell({
  tx_per_s_grouped: metrics['tx_per_s_grouped_100k'] ?? NaN,
  ratio_100k_1k: large / small,
  ratio_raw: small / (metrics['raw_appends_per_s'] ?? NaN),
  ratio_lowdb: middle / (metrics['lowdb_rewrites_per_s'] ?? NaN),
});
printResult({
  bench: 'store',
  metrics,
  notes: [
    'tx: transactions of one transition through the fleet, 1,000 under way, each acknowledged after fdatasync',
    'per_cpu_s and cpu_s: by the CPU time of the process, which a busy machine lengthens less than the clock',
    'grouped: the hundred transitions of a host in one transaction, 200 under way',
    'recover: a new process, from opening the store as a crash leaves it (clean: after a stop) until a new miner is placed and its place is durable',
    'raw: as many bytes of as many transitions appended and synced by node:fs alone',
    `lowdb: the whole document of ${String(LOWDB_RECORDS)} records written for each transition, unsynced; ratio to 10k`,
  ],
});
