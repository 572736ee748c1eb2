import type { Command } from 'commander';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import { HeadframeError } from '../../../common/model/error.js';
import { untilInterrupted } from '../follow.js';
import type { Invocation } from '../invocation.js';
import { listInstances } from '../lists.js';
import type { Runner } from '../runner.js';
import { write } from '../world.js';

interface BuildLogOptions {
  readonly follow?: boolean;
  readonly host?: string;
}

/** Between two looks for a build that begins, in milliseconds. */
const LOOK_MS = 300;

/** `models build-log`. */
export function addBuildLog(models: Command, run: Runner): void {
  models
    .command('build-log')
    .description('Print what the last build for a model said, whether it is under way, done or failed.')
    .argument('<name>', 'name of the miner')
    .option('-f, --follow', 'go on until the build ends or Ctrl-C')
    .option('--host <host>', 'that of this host; else the newest')
    .action(run((call, name: string, options: BuildLogOptions) => printBuildLog(call, name, options)));
}

async function printBuildLog(call: Invocation, name: string, { follow = false, host }: BuildLogOptions): Promise<void> {
  const { fleet } = await call.connect();
  // One that is not there is told as such.
  await fleet.getMiner({ name }, call.callOptions);
  const { instances } = await listInstances(call, { miner: name, includeEnded: true });
  const placed = newestFirst(instances).filter((one) => one.hostId !== '' && (host === undefined || isOf(one, host)));
  await untilInterrupted(call, follow, async () => {
    for (const { id } of placed) if (await print(call, id, follow, call.signal)) return;
    throw new HeadframeError({
      ...{ code: 'not_found', reason: 'build_log_unknown', message: `no host has kept what a build for ${name} said` },
      remedy: 'Deploy it again to have it built; hosts that have its image build nothing.',
    });
  });
}

/** Prints what the builds of these revisions of a miner say, from each host on which one begins, until the signal. */
export async function followBuilds(
  call: Invocation,
  { miner, sinceRevision }: { readonly miner: string; readonly sinceRevision: bigint },
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  while (!signal.aborted) {
    const { instances } = await listInstances(call, { miner, includeEnded: true });
    const placed = instances.filter(({ hostId, specRevision }) => hostId !== '' && specRevision >= sinceRevision);
    for (const { id, hostId } of newestFirst(placed)) {
      if (seen.has(hostId)) continue;
      if (await print(call, id, true, signal)) seen.add(hostId);
    }
    await call.world.clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

/** Whether there was something to print. */
async function print(call: Invocation, instance: string, follow: boolean, signal: AbortSignal): Promise<boolean> {
  const { fleet } = await call.connect();
  try {
    for await (const { data } of fleet.streamLogs({ instance, follow, build: true }, { signal }))
      if (data !== undefined) await write(call.world.stdout, data.data);
    return true;
  } catch (error) {
    // The build has not begun, or was never needed; or its host is away, and another one tells.
    if (error instanceof HeadframeError && (signal.aborted || isElsewhere(error))) return false;
    throw error;
  }
}

function isElsewhere({ reason }: HeadframeError): boolean {
  return ['build_log_unknown', 'not_running', 'instance_not_found', 'tunnel_not_opened', 'tunnel_broken'].includes(
    reason,
  );
}

function isOf({ hostId, hostName }: Instance, host: string): boolean {
  return hostId === host || hostName === host;
}

function newestFirst(instances: readonly Instance[]): Instance[] {
  return [...instances].sort((a, b) => Number(b.serial - a.serial));
}
