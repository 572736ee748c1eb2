import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import { parseManifests } from '../../../common/model/manifest/index.js';
import { minerSpecToWire } from '../../../common/wire/client.js';
import { GitRepository } from '../../support/git-repository.js';
import { buildPythonImage, pythonImage } from '../../support/python-image.js';
import { pythonModule } from '../../support/python-module.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { cpuSeconds } from '../process-figures.js';
import { median, percentile, printResult, say } from '../report.js';
import { RawTwin } from './raw-twin.js';

const PATIENCE_MS = 120_000;
const CALLS = 500;
const RAW_EVERY = 4;
/** Each agent of a test fleet has ports for a hundred. */
const HOSTS = ['alpha', 'beta'];

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, miners: { type: 'string', default: '110' } },
});
const miners = Number(options.miners);

/** A miner of the module, as its author's guide has it; the hosts take turns. */
function manifestOf(index: number): string {
  const secrets = { BACKEND_API_KEY: 'backend' };
  const module = { name: 'translator', role: 'miner', settings: { '--netuid': 7, '--axon.port': 9100 }, secrets };
  const host = HOSTS[index % HOSTS.length];
  return stringify({
    ...{ kind: 'module', name: nameOf(index), module, stopGrace: '1s' },
    constraints: [{ attribute: 'host.name', values: [host] }],
    resources: { cpu: '100m', memory: '64MiB', disk: '64MiB' },
  });
}

function nameOf(index: number): string {
  return `module-${String(index)}`;
}

/** Applies one miner; seconds until a client that watches it has heard that it runs. */
async function start({ fleet }: RunningFleet, index: number): Promise<number> {
  const parsed = parseManifests([{ name: 'bench', text: manifestOf(index) }]);
  if ('violations' in parsed) throw new Error(`the bench's manifest is wrong: ${JSON.stringify(parsed.violations)}`);
  const { revision } = await fleet.getFleetStatus({});
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(new Error(`${nameOf(index)} does not start`)), PATIENCE_MS);
  const running = (async () => {
    const request = { fromRevision: revision, instances: true, miner: nameOf(index) };
    for await (const { changes } of fleet.watchFleet(request, { signal: stop.signal }))
      for (const { change } of changes)
        if (change.case === 'instance' && change.value.state === InstanceState.RUNNING) return performance.now();
    throw new Error('the watch ended');
  })();
  const beganAt = performance.now();
  try {
    await fleet.applyMiners({ miners: parsed.specs.map(minerSpecToWire) });
    return ((await running) - beganAt) / 1000;
  } finally {
    clearTimeout(patience);
    stop.abort();
    await running.catch(() => undefined);
  }
}

/** Milliseconds of each of so many calls, one at a time, and of the coordinator's CPU time for one of them. */
async function timesOf(call: () => Promise<unknown>, pid: number): Promise<{ times: number[]; cpuMs: number }> {
  const times: number[] = [];
  const before = await cpuSeconds(pid);
  for (let count = 0; count < CALLS; count += 1) {
    const beganAt = performance.now();
    await call();
    times.push(performance.now() - beganAt);
  }
  return { times, cpuMs: ((await cpuSeconds(pid)) - before) * (1000 / CALLS) };
}

async function prepare(fleet: RunningFleet, git: string): Promise<void> {
  for (const [args, input] of [
    [['modules', 'add', 'translator', '--git', git, '--wait'], ''],
    [['secrets', 'set', 'backend'], 'key'],
  ] as const) {
    const { code, stderr } = await fleet.headframe(args, input);
    if (code !== 0) throw new Error(stderr);
  }
}

async function run(fleet: RunningFleet): Promise<void> {
  const loadBefore = loadavg()[0] ?? NaN;
  const firstBuild = await start(fleet, 0);
  say(`built and started in ${firstBuild.toFixed(1)} s`);
  await start(fleet, 1);
  const raw = new RawTwin(await fleet.container(nameOf(0)));
  const [ours, baseline]: [number[], number[]] = [[], []];
  try {
    // Now and then in between, so that a change of the machine's load meets both.
    for (let index = HOSTS.length; index < miners; index += 1) {
      ours.push(await start(fleet, index));
      if (index % RAW_EVERY === 0) baseline.push(await raw.start());
      if (index % 20 === 0) say(`${String(index)} run, starts of ${median(ours).toFixed(2)} s in the median`);
    }
  } finally {
    await raw.clear();
  }
  const { instancesRunning } = await fleet.fleet.getFleetStatus({});
  if (instancesRunning < miners) throw new Error(`only ${String(instancesRunning)} of ${String(miners)} run`);
  const loadAtStatus = loadavg()[0] ?? NaN;
  const { pid } = fleet.coordinator;
  const status = await timesOf(() => fleet.fleet.getFleetStatus({}), pid);
  const list = await timesOf(() => fleet.fleet.listInstances({ pageSize: 1000 }), pid);
  printResult({
    bench: 'module',
    metrics: {
      miners,
      start_p50_s: median(ours),
      start_max_s: Math.max(...ours),
      raw_start_p50_s: median(baseline),
      raw_start_max_s: Math.max(...baseline),
      start_ratio_raw: median(ours) / median(baseline),
      first_build_s: firstBuild,
      status_p50_ms: median(status.times),
      status_p99_ms: percentile(status.times, 0.99),
      status_cpu_ms: status.cpuMs,
      list_p50_ms: median(list.times),
      list_p99_ms: percentile(list.times, 0.99),
      list_cpu_ms: list.cpuMs,
      load1_before: loadBefore,
      load1_at_status: loadAtStatus,
    },
    notes: [
      'a start: from the call of ApplyMiners until a watching client hears that the instance runs, all before it running meanwhile',
      'baseline: the same Docker library creating and starting the same image with the same command, limits, mounts and ports, after every fourth of ours',
      'first_build_s: the first start, with fetching and building the image',
      'status: GetFleetStatus, list: ListInstances of all, over mutual TLS, one call at a time, while all run; cpu: of the coordinator, for all that it does meanwhile',
    ],
  });
}

await buildPythonImage();
await using temp = await makeTempDir();
const memory = await mkdtemp('/dev/shm/headframe-bench-');
const origin = new GitRepository(join(temp.path, 'origin.git'));
// Another content each time, so that the image is built even where an earlier one was left.
origin.commit(origin.treeOf(pythonModule(temp.path, { greeting: temp.path })));
const flags = ['--modules-file-urls', 'true', '--modules-base-images-python', pythonImage];
const large = { cpu: '100', memory: '64GiB', flags: ['--secrets-folder', join(memory, 'secrets')] };
const fleet = await RunningFleet.open(Object.fromEntries(HOSTS.map((name) => [name, large])), { coordinator: flags });
try {
  await prepare(fleet, origin.url);
  await run(fleet);
} finally {
  const [first] = await fleet.containers(nameOf(0));
  await fleet.close();
  if (first !== undefined) await fleet.engine.docker.getImage(first.Config.Image).remove({ force: true });
  await rm(memory, { recursive: true, force: true });
}
