import type { AgentHello } from '../common/wire/agent.js';
import type { AgentOptions } from './options.js';
import type { HostFacts } from './host/index.js';
import type { RuntimeInfo } from './runtime/runtime.js';

const GIB = 2 ** 30;

/** What the agent says of its host when a session begins: found facts, bounded and overridden by the configuration. */
export function describeHost(
  options: Pick<AgentOptions, 'hostName' | 'labels' | 'capacity' | 'reserved' | 'portRange' | 'version'>,
  facts: HostFacts,
  runtime: RuntimeInfo,
): Omit<AgentHello, 'hostId' | 'agentRunId' | 'held' | 'epoch' | 'assignmentRevision'> {
  const { hostname, os, kernel, arch, cpuModel, bootId, gpus, fingerprint } = facts;
  return {
    hostName: options.hostName === '' ? hostname : options.hostName,
    agentVersion: options.version,
    description: {
      hostname,
      os,
      kernel,
      arch,
      cpuModel,
      bootId,
      gpus,
      ...(fingerprint.length === 0 ? {} : { fingerprint }),
      cpuCount: facts.onlineCpus,
      addresses: facts.addresses.map(({ address }) => address),
      engineVersion: runtime.version,
      cgroupVersion: facts.cgroupLayout,
    },
    claimed: {
      cpuMillis: options.capacity.cpuMillis ?? facts.cpuMillicores,
      memoryBytes: options.capacity.memoryBytes ?? facts.memoryBytes,
      // Free, not total: the rest is somebody else's. Whole GiB, so that the claim does not change with every start.
      diskBytes: options.capacity.diskBytes ?? Math.floor(facts.diskFreeBytes / GIB) * GIB,
      gpus: Math.min(options.capacity.gpus ?? gpus.length, gpus.length),
    },
    reserved: options.reserved,
    labels: options.labels,
    runtime: runtime.kind,
    portRange: options.portRange,
    capabilities: runtime.capabilities,
  };
}
