import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { WatchFleetResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { wireSpec } from '../../support/coordinator-fixture.js';
import { HostCertificates, adminCertificates } from '../../support/host-certificates.js';
import { TestFleet } from '../../support/programs.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { waitFor } from '../../support/wait-for.js';
import { percentile, printResult, say } from '../report.js';
import { BENCH_HOST, ReportingAgent } from './reporting-agent.js';
import { Watchers } from './watchers.js';

const INSTANCES = 100;
const MANY_WATCHERS = 1_000;
/** Between two reports: longer than watches gather for, so that each is a change of its own. */
const PAUSE_MS = 40;

const { values } = parseArgs({
  options: { reports: { type: 'string', default: '500' }, plaintext: { type: 'boolean', default: false } },
});
const reports = Number(values.reports);

/** Milliseconds from each report until each of the watchers had it. */
async function measure(agent: ReportingAgent, watchers: Watchers, rounds: number): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const serial = agent.serials[(round * 37) % agent.serials.length] ?? 0;
    // A time that no other report has tells which change a watcher hears of.
    const startedAtMs = Date.now() + round;
    const missing = new Set(Array.from({ length: watchers.size }, (_, watcher) => watcher));
    const sentAt = performance.now();
    const all = new Promise<void>((resolve) => {
      watchers.onMessage((watcher, message) => {
        const atMs = performance.now();
        if (!missing.has(watcher) || !tells(message, serial, startedAtMs, watchers.size)) return;
        missing.delete(watcher);
        taken.push(atMs - sentAt);
        if (missing.size === 0) resolve();
      });
    });
    agent.report(serial, startedAtMs);
    await all;
    await sleep(PAUSE_MS + Math.random() * PAUSE_MS);
  }
  return taken;
}

/** With many watchers only one in fifty messages is looked into, all being the same: the reader must not be the bottleneck. */
function tells(message: Uint8Array, serial: number, startedAtMs: number, watchers: number): boolean {
  if (watchers > 1 && Math.random() > 0.02) return message.length > 20;
  return fromBinary(WatchFleetResponseSchema, message).changes.some(
    ({ change }) =>
      change.case === 'instance' &&
      change.value.serial === BigInt(serial) &&
      change.value.startedAtMs === BigInt(startedAtMs),
  );
}

async function withWatchers(count: number, use: (watchers: Watchers) => Promise<number[]>) {
  const watchers = new Watchers(fleet.address, admin, count);
  const synced = new Set<number>();
  watchers.onMessage((watcher, message) => {
    if (fromBinary(WatchFleetResponseSchema, message).synced) synced.add(watcher);
  });
  try {
    await waitFor('all watches to be whole', () => synced.size === count, 120_000);
    const taken = await use(watchers);
    say(
      `${String(count)} watchers: p50 ${percentile(taken, 0.5).toFixed(1)} ms, p99 ${percentile(taken, 0.99).toFixed(1)} ms (load ${(loadavg()[0] ?? 0).toFixed(1)})`,
    );
    return taken;
  } finally {
    watchers.close();
  }
}

await using dir = await makeTempDir();
const fleet = new TestFleet(dir.path, { insecure: values.plaintext, coordinator: ['--log-level', 'warn'] });
await fleet.startCoordinator();
const admin = values.plaintext ? undefined : await adminCertificates(fleet.storeFolder);
const hosts = values.plaintext ? undefined : await HostCertificates.open(fleet.storeFolder);
const agent = new ReportingAgent(fleet.address, await hosts?.of(BENCH_HOST), 5_000);
try {
  await fleet.hostsReady(1);
  await fleet.fleet.applyMiners({ miners: [wireSpec({ name: 'bench', replicas: INSTANCES })] });
  await agent.holds(INSTANCES);
  const one = await withWatchers(1, (watchers) => measure(agent, watchers, reports));
  const many = await withWatchers(MANY_WATCHERS, (watchers) => measure(agent, watchers, Math.ceil(reports / 5)));
  printResult({
    bench: 'status',
    metrics: {
      tls: values.plaintext ? 0 : 1,
      report_to_watch_p50_ms: percentile(one, 0.5),
      report_to_watch_p99_ms: percentile(one, 0.99),
      report_to_watch_max_ms: percentile(one, 1),
      p50_ms_1000_watchers: percentile(many, 0.5),
      p99_ms_1000_watchers: percentile(many, 0.99),
    },
    notes: [
      `from an agent's report until a WatchFleet client has it, fsynced in between; ${String(INSTANCES)} instances, one report at a time`,
      `${String(reports)} reports to one watcher, ${String(Math.ceil(reports / 5))} to each of 1,000 on ten connections, every delivery counted`,
      'agent and watchers share one process, and that the machine with the coordinator',
    ],
  });
} finally {
  agent.close();
  await fleet.close().catch(() => undefined);
}
