import type { AgentHello } from '../../common/wire/agent.js';
import { sampleHost } from './fleet-samples.js';

/** What a new agent of `sampleHost` says first; tests say only what they are about. */
export function sampleHello(hostId = 'host-1', patch: Partial<AgentHello> = {}): AgentHello {
  const {
    name,
    agentLabels,
    description,
    claimed,
    reserved,
    portRange,
    agentVersion,
    runtime,
    capabilities = [],
  } = sampleHost(hostId);
  const host = {
    hostName: name,
    labels: agentLabels,
    description,
    claimed,
    reserved,
    portRange,
    agentVersion,
    runtime,
  };
  const held = { held: [], epoch: 0, assignmentRevision: 0, capabilities };
  return { hostId, agentRunId: `${hostId}-run-1`, ...host, ...held, ...patch };
}
