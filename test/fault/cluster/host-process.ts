// Agents of several hosts in one process, each around an engine in memory. What is seen goes to stdout, an event a line; ends
// when stdin does. Arguments: addresses of the coordinators with commas, a folder, and names of hosts that have joined there.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIdentity } from '../../../agent/identity/index.js';
import { openAgent } from '../../../agent/open-agent.js';
import type { Agent } from '../../../agent/agent.js';
import { agentConfigSchema } from '../../../common/config/agent-config.js';
import { silentLogger } from '../../../common/observe/logger.js';
import { agentOptions } from '../../support/agent-options.js';
import { historyMs } from '../../support/cluster-history/history.js';
import type { HistoryEvent } from '../../support/cluster-history/history.js';
import { RecordedRuntime } from './recorded-runtime.js';

const LOOK_MS = 25;

function note(event: HistoryEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function serve(coordinator: string, dataDir: string, host: string, signal: AbortSignal): Promise<void> {
  const identity = await openIdentity(agentConfigSchema.parse({ dataDir }));
  if (identity === undefined) throw new Error(`${host} has not joined`);
  const reasonOf = (serial: number): string =>
    agent.status().instances.find((report) => report.serial === serial)?.reason ?? '';
  const runtime = new RecordedRuntime({ host, reasonOf, note });
  const options = { ...agentOptions(dataDir, runtime), dataDir, coordinator, hostId: host, random: Math.random };
  const agent: Agent = await openAgent(
    { ...options, security: { kind: 'mutual', source: identity }, identity },
    silentLogger,
  );
  const running = agent.run(signal);
  let epoch = 0;
  while (!signal.aborted) {
    const { epoch: now } = agent.status();
    if (now !== epoch) note({ kind: 'dispatch', host, epoch: now, atMs: historyMs() });
    epoch = now;
    await sleep(LOOK_MS);
  }
  await running;
}

const [coordinators = '', folder = '', ...hosts] = process.argv.slice(2);
const over = new AbortController();
process.stdin.resume().once('end', () => {
  over.abort();
});
await Promise.all(hosts.map((host) => serve(coordinators, join(folder, host), host, over.signal)));
