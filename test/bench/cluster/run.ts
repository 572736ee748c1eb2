import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLowdbStore } from '../../../coordinator/store/index.js';
import { openOnCluster } from '../../support/jetstream-store.js';
import { NatsCluster } from '../../support/nats-cluster.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { printResult, say } from '../report.js';
import { measureDecided } from './decided.js';
import { LiveFleet } from './live-fleet.js';
import type { LivePlace } from './live-fleet.js';
import { watchDelays } from './watch-delay.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    hosts: { type: 'string', default: '10000' },
    miners: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '5' },
    'full-instances': { type: 'string', default: '1000000' },
    'steady-instances': { type: 'string', default: '100000' },
    reports: { type: 'string', default: '400' },
    'lease-s': { type: 'string', default: '15' },
    parts: { type: 'string', default: 'decided,steady,full' },
  },
});
const [hosts, miners, seconds] = [Number(values.hosts), Number(values.miners), Number(values.seconds)];
const leaseS = Number(values['lease-s']);
const parts = new Set(values.parts.split(','));
const metrics: Record<string, number> = {};
/** What is told as a ratio to the embedded store, too. */
const COMPARED = ['decide_to_durable_s', 'puts_per_s', 'watch_p99_ms', 'failover_s', 'apply_to_dispatched_s'] as const;

type Figures = Readonly<Record<string, number>>;

function tell(figures: Figures, prefix: string): void {
  for (const [key, value] of Object.entries(figures)) metrics[`${prefix}${key}`] = value;
  const texts = Object.entries(figures).map(([key, value]) => `${prefix}${key} ${value.toFixed(value < 100 ? 2 : 0)}`);
  say(`${texts.join(', ')} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
}

/** The same with the store in NATS and, as baseline, with the embedded store. */
async function withBoth(take: (place: LivePlace, folder: string) => Promise<Figures>): Promise<void> {
  await using folder = await makeTempDir();
  const sub = async (at: string): Promise<string> => {
    await mkdir(join(folder.path, at));
    return join(folder.path, at);
  };
  const ours = await onNats(async (nats, flags) => {
    const place = { coordinators: 2, store: flags, serverPids: nats.pids } as const;
    return take(place, await sub('nats'));
  });
  tell(ours, '');
  const embedded = await take({ coordinators: 1, store: [], serverPids: [] }, await sub('embedded'));
  tell(embedded, 'embedded_');
}

async function onNats<T>(use: (nats: NatsCluster, flags: readonly string[]) => Promise<T>): Promise<T> {
  await using nats = await NatsCluster.start();
  const monitors = nats.monitorUrls.join(',');
  const flags = ['--store-kind', 'jetstream', '--store-jetstream-servers', nats.url];
  return await use(nats, [...flags, '--store-jetstream-monitor-urls', monitors]);
}

async function decided(): Promise<void> {
  const options = { hosts, miners, seconds };
  tell(await onNats((nats) => measureDecided(() => openOnCluster(nats, 'bench'), options)), '');
  await using folder = await makeTempDir();
  tell(await measureDecided(() => openLowdbStore(folder.path), options), 'embedded_');
}

/** A fleet of usual size: what watches hear while little happens, and the loss of the coordinator that leads. */
async function steady(place: LivePlace, folder: string): Promise<Figures> {
  const instances = Number(values['steady-instances']);
  await using fleet = await LiveFleet.open({ agents: hosts, instances, miners, leaseS }, place, folder);
  await fleet.dispatch();
  const delays = await watchDelays(fleet.leader, Number(values.reports));
  return { ...delays, ...(await fleet.steadyPercent(seconds)), ...(await fleet.failover()) };
}

/** As many instances as a coordinator is made for, and the loss of the coordinator that leads them. */
async function full(place: LivePlace, folder: string): Promise<Figures> {
  const instances = Number(values['full-instances']);
  await using fleet = await LiveFleet.open({ agents: hosts, instances, miners, leaseS }, place, folder);
  const told = await fleet.dispatch();
  const lost = await fleet.failover();
  return { ...told, ...Object.fromEntries(Object.entries(lost).map(([key, value]) => [`full_${key}`, value])) };
}

if (parts.has('decided')) await decided();
if (parts.has('steady')) await withBoth(steady);
if (parts.has('full')) await withBoth(full);
for (const key of COMPARED) {
  const [ours, embedded] = [metrics[key], metrics[`embedded_${key}`]];
  if (ours !== undefined && embedded !== undefined) metrics[`ratio_${key}`] = ours / embedded;
}
printResult({
  bench: 'cluster',
  metrics,
  notes: [
    'three NATS servers on this machine, sync_interval always, three replicas; embedded_*: the same with the embedded store, ratio_*: to it',
    'instances, put_s, decide_to_durable_s, puts_per_s (of one transition each, a thousand under way), load_s: the store and its fleet in one process',
    `the rest: coordinators as processes, ${values.hosts} simulated agents with a gRPC stream each in two more, in clear`,
    `apply_to_dispatched_s: from the first ApplyMiners until agents were told of all of ${values['full-instances']} instances; full_*: with as many`,
    '*_cpu_s: of all processes while they were dispatched and reported to run: who leads, who follows it, the servers, the simulated agents',
    `failover_s: from kill -9 of who leads ${values['steady-instances']} instances until the next placement is durable; of one alone, started again at once`,
    'watch_p99_ms: from an agent’s report, twenty a second, until each of a hundred watches has it, its commit included',
    'agents_back_s: from the kill until every agent is back; failover_restarts: instances that were started or let go for it',
    '*_stall_ms: the longest that the event loop of the coordinator stood still meanwhile',
  ],
});
