import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { LeaseService } from '../../../common/gen/headframe/v1/lease_service_pb.js';
import { systemClock } from '../../../common/model/clock.js';
import { Channel, createClient } from '../../../common/rpc/index.js';
import { testImage } from '../../support/docker.js';
import { leaseSshFolder } from '../../support/lease-host.js';
import { RunningFleet } from '../../support/running-fleet.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { median, percentile, printResult, say } from '../report.js';
import { openDockerRun } from './docker-run.js';
import type { DockerRunTimes } from './docker-run.js';
import { ourRound } from './ours.js';
import type { LeaseTimes } from './ours.js';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '10' } },
});
const rounds = Number(options.rounds);

interface Contenders {
  readonly ours: () => Promise<LeaseTimes>;
  readonly docker: () => Promise<DockerRunTimes>;
}

async function run({ ours, docker }: Contenders): Promise<void> {
  // The first of each is told apart: programs load then what they need.
  const [first, firstDocker] = [await ours(), await docker()];
  const loadBefore = loadavg()[0] ?? NaN;
  const [leases, containers]: [LeaseTimes[], DockerRunTimes[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    // By turns, so that a change of the machine's load meets both.
    const lease = await ours();
    const container = await docker();
    say(
      `login after ${lease.login.toFixed(2)} s, ready after ${lease.ready.toFixed(2)} s; docker run ${container.login.toFixed(2)} s (load ${(loadavg()[0] ?? 0).toFixed(1)})`,
    );
    leases.push(lease);
    containers.push(container);
  }
  const of = (key: keyof LeaseTimes): readonly number[] => leases.map((times) => times[key]);
  const raw = (key: keyof DockerRunTimes): readonly number[] => containers.map((times) => times[key]);
  const baseline = median(raw('login'));
  printResult({
    bench: 'lease',
    metrics: {
      rounds,
      login_p50_s: median(of('login')),
      login_p90_s: percentile(of('login'), 0.9),
      ready_p50_s: median(of('ready')),
      ready_p90_s: percentile(of('ready'), 0.9),
      ready_login_p50_s: median(of('readyLogin')),
      ready_login_p90_s: percentile(of('readyLogin'), 0.9),
      docker_run_login_p50_s: baseline,
      docker_run_login_p90_s: percentile(raw('login'), 0.9),
      ratio_login: median(of('login')) / baseline,
      ratio_ready: median(of('ready')) / baseline,
      ratio_ready_login: median(of('readyLogin')) / baseline,
      first_login_s: first.login,
      first_ready_s: first.ready,
      docker_run_first_login_s: firstDocker.login,
      answered_p50_s: median(of('answered')),
      placed_p50_s: median(of('placed')),
      created_p50_s: median(of('created')),
      started_p50_s: median(of('started')),
      running_told_p50_s: median(of('running')),
      banner_p50_s: median(of('banner')),
      docker_run_returned_p50_s: median(raw('returned')),
      docker_run_banner_p50_s: median(raw('banner')),
      load1_before: loadBefore,
    },
    notes: [
      'login: from the call of CreateLease until ssh, with the host key pinned, has run a command; it begins as soon as the server answers',
      'ready: until a watching client hears it, the probe from outside having logged in; ready_login: a login begun then',
      'baseline: docker run of the same image with the same SSH server, limits and published port, its keys made before, met by the same client; by turns',
      'first_*: the first lease since both programs were started, and the first container; not in the medians',
    ],
  });
}

await using temp = await makeTempDir();
const folder = temp.path;
const memory = await mkdtemp('/dev/shm/headframe-bench-');
await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'renter')]);
const baseline = await openDockerRun(folder);
const flags = ['--leases-enabled', 'true', '--leases-ssh-server', leaseSshFolder];
const fleet = await RunningFleet.open(
  { alpha: { flags: [...flags, '--secrets-folder', join(memory, 'secrets')] } },
  { coordinator: ['--leases-image', testImage] },
);
const channel = new Channel({ address: fleet.address, security: fleet.security(), clock: systemClock });
try {
  const leases = createClient(LeaseService, channel);
  const authorizedKey = (await readFile(join(folder, 'renter.pub'), 'utf8')).trim();
  let [made, started] = [0, 0];
  await run({
    ours: () => ourRound({ fleet, leases, folder, authorizedKey }, (made += 1)),
    docker: () => baseline.round((started += 1)),
  });
} finally {
  channel.close();
  await fleet.close();
  await rm(memory, { recursive: true, force: true });
}
