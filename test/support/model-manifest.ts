import type { MinerSpec as WireSpec } from '../../common/gen/headframe/v1/miner_pb.js';
import { BUILD_CAPABILITY } from '../../common/model/host.js';
import { parseManifest } from '../../common/model/manifest/index.js';
import type { AgentHello } from '../../common/wire/agent.js';
import { minerSpecToWire } from '../../common/wire/client.js';
import { readBootId } from '../../coordinator/kinds/lease/index.js';
import { sampleHost } from './fleet-samples.js';

/** A model of one replica that its host builds, by default of a Dockerfile alone. */
export function wireModel(name: string, source: object = { text: 'FROM scratch\n' }): WireSpec {
  const model = { source, port: 8080 };
  const parsed = parseManifest({ kind: 'model', name, model, resources: { cpu: '100m', memory: '64Mi', disk: '1Mi' } });
  if ('violations' in parsed) throw new Error(JSON.stringify(parsed.violations));
  return minerSpecToWire(parsed.value);
}

/** What a fake agent on this very machine says that builds models, whose one instance listens at the host's port. */
export function modelHost(hostId: string, port: number): Partial<AgentHello> {
  const { description, capabilities = [] } = sampleHost(hostId);
  return {
    description: { ...description, bootId: readBootId() },
    capabilities: [...capabilities, BUILD_CAPABILITY],
    portRange: { start: port, end: port },
  };
}
