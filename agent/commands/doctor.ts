import { splitAddress } from '../../common/model/address.js';
import type { AgentConfig } from '../../common/config/index.js';

import { systemClock } from '../../common/model/clock.js';
import { addressesOf } from '../../common/model/coordinator-route.js';
import { silentLogger } from '../../common/observe/logger.js';
import { coordinatorOf } from '../identity/index.js';
import { runCommand } from '../host/command.js';
import { runDoctor } from '../host/index.js';
import { leaseFaults, leaseWeaknesses, viewLeaseHost } from '../kinds/lease/index.js';
import type { EngineInfo, Finding, LeaseFitness } from '../host/index.js';
import { openDockerRuntime } from '../runtime/docker/index.js';
import { readStatus } from '../status-socket.js';

// What limits such as open files are judged by; the default range of host ports is far wider.
const PLANNED_INSTANCES = 100;

/** Looks whether this host is fit to run an agent with this configuration. */
export async function doctorCommand(config: AgentConfig): Promise<readonly Finding[]> {
  return await runDoctor({
    clock: systemClock,
    dataPath: config.dataDir,
    plannedInstances: PLANNED_INSTANCES,
    ...(config.runtime === 'docker' ? { engine: (signal: AbortSignal) => askEngine(config, signal) } : {}),
    ...(config.leases.enabled ? { leases: (engine: EngineInfo) => leaseFitness(config, engine) } : {}),
    coordinator: splitAddress(addressesOf(await coordinatorOf(config))[0] ?? ''),
    otherAgentPid: () =>
      readStatus(config.dataDir).then(
        ({ pid }) => pid,
        () => undefined,
      ),
  });
}

async function leaseFitness({ leases }: AgentConfig, engine: EngineInfo): Promise<LeaseFitness> {
  const view = await viewLeaseHost(engine, leases.sshServer, runCommand);
  return { faults: leaseFaults(view), weaknesses: leaseWeaknesses(view) };
}

/** Asks the engine of a configuration about itself. Rejects where it does not answer. */
export async function askEngine(config: AgentConfig, signal: AbortSignal): Promise<EngineInfo> {
  const runtime = openDockerRuntime({
    hostId: 'doctor',
    address: config.dockerSocket,
    concurrency: 1,
    allowedHostPaths: [],
    logger: silentLogger,
    clock: systemClock,
  });
  try {
    return await runtime.engineInfo(signal);
  } finally {
    await runtime.close();
  }
}
