import { loadavg } from 'node:os';
import { natsUrl } from '../../support/nats.js';
import { makeTempDir } from '../../support/temp-dir.js';
import { printResult, say } from '../report.js';
import { BenchFleet } from './bench-fleet.js';
import { readOptions } from './options.js';
import { measureWireFloor } from './wire-floor.js';

/** HashiCorp's million containers on 5,000 hosts took under five minutes, their starts included (2016). */
const C1M_PLACEMENTS_PER_S = 3_750;

const options = readOptions();
const transport = options.plaintext
  ? 'a connection in clear'
  : 'a connection by mutual TLS 1.3 with a certificate of its own';
const metrics: Record<string, number> = {
  agents: options.agents,
  instances: options.instances,
  tls: options.plaintext ? 0 : 1,
};

function tell(figures: Readonly<Record<string, number>>): void {
  Object.assign(metrics, figures);
  const texts = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(2)}`);
  say(`${texts.join(', ')} (load ${(loadavg()[0] ?? 0).toFixed(1)})`);
}

async function burst(fleet: BenchFleet): Promise<void> {
  await fleet.loopDelay();
  const { seconds, cpuS, simulatorsCpuS } = await fleet.applyToRunning();
  const delay = await fleet.loopDelay();
  const placed = options.instances / seconds;
  tell({
    apply_to_running_s: seconds,
    placements_per_s: placed,
    burst_cpu_s: cpuS,
    burst_simulators_cpu_s: simulatorsCpuS,
    ratio_c1m: placed / C1M_PLACEMENTS_PER_S,
    ...(metrics['wire_floor_s'] === undefined ? {} : { ratio_wire_floor: seconds / metrics['wire_floor_s'] }),
    loop_delay_p99_ms: delay['p99'] ?? NaN,
    loop_delay_max_ms: delay['max'] ?? NaN,
  });
}

async function steady(fleet: BenchFleet): Promise<void> {
  const percent = await fleet.steadyCpuPercent();
  const delay = await fleet.loopDelay();
  tell({
    steady_cpu_percent: percent,
    steady_loop_delay_p99_ms: delay['p99'] ?? NaN,
    steady_rss_mb: await fleet.residentMb,
  });
}

async function run(folder: string): Promise<void> {
  if (options.floor) tell({ wire_floor_s: await measureWireFloor(options) });
  await using fleet = await BenchFleet.open(options, folder);
  say('all agents are connected');
  await burst(fleet);
  await steady(fleet);
  tell({ coordinator_rss_mb: await fleet.peakResidentMb });
  const { seconds, cpuS, restarts } = await fleet.resynchronise();
  tell({
    resync_s: seconds,
    resync_cpu_s: cpuS,
    restarts_on_resync: restarts,
    resync_rss_mb: await fleet.peakResidentMb,
  });
  tell({ detect_loss_s: await fleet.detectLoss() });
  if (!options.churn) return;
  const { lostS, drainedS } = await fleet.churn();
  tell({ churn_lost_s: lostS, churn_drained_s: drainedS });
}

await using dir = await makeTempDir();
await run(dir.path);
printResult({
  bench: 'fleet',
  metrics,
  notes: [
    `coordinator, two simulator processes and their agents share the machine; ${transport} for each agent`,
    'clock: first call of ApplyMiners to the last acknowledgement of a report of running, fsynced before dispatch',
    `heartbeats every 5 s, usage of ${String(options.agents * (1 + options.usageInstances))} hosts and instances every 10 s, ${natsUrl === '' ? 'no NATS server' : 'published to NATS'}`,
    'lease 15 s; coordinator killed with SIGKILL for the resynchronisation; memory is the peak of the process',
    'wire floor: the same messages over as many streams in clear by grpc-js alone; C1M started real containers, this does not',
  ],
});
