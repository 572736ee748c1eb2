import type { MinerSpec as WireSpec } from '../../../common/gen/headframe/v1/miner_pb.js';
import { MACHINE_LABEL } from '../../../common/model/machine.js';
import { parseManifest } from '../../../common/model/manifest/index.js';
import type { PlainMapping } from '../../../common/model/manifest/index.js';
import { formatCpu, formatExactBytes } from '../../../common/model/units.js';
import { minerSpecToWire } from '../../../common/wire/client.js';
import { requestInvalid } from '../refusals.js';
import type { Vm } from './vm.js';

/** What is to run on a VM. */
export interface ModelWish {
  readonly source: PlainMapping;
  /** At which it listens. */
  readonly port: number;
  readonly dockerfile?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

/** SSH is the host's own. */
const SSH_PORT = 22;
/** What runs gives its resources up before what follows takes them: a VM need not have them twice. */
const UPDATE = { maxUnavailable: 1, maxSurge: 0, minHealthy: '2s', progressDeadline: '10m', autoRollback: true };
const HEALTH = { interval: '1s', retries: 10, startPeriod: '60s' };

/**
 * The miner that a VM runs for a wish, which has its name: a model that is bound to the VM's host, has what was asked of it, and whose ports are
 * published. Throws `HeadframeError` ('request_invalid') by the fields of the request. Pure.
 */
export function modelOf(vm: Vm, wish: ModelWish): WireSpec {
  const { source, port, dockerfile, buildArgs } = wish;
  const parsed = parseManifest({
    ...{ kind: 'model', name: vm.id, namespace: vm.namespace, labels: { [MACHINE_LABEL]: vm.id } },
    constraints: [{ attribute: 'host.id', operator: 'in', values: [vm.hostId] }],
    resources: resourcesOf(vm),
    container: { ports: portsOf(vm, port) },
    model: given({ source, port, dockerfile, buildArgs, account: vm.account }),
    health: { http: { port, path: '/health' }, ...HEALTH },
    update: UPDATE,
  });
  if ('value' in parsed) return minerSpecToWire(parsed.value);
  throw requestInvalid(parsed.violations.map((one) => ({ ...one, path: fieldOf(one.path) })));
}

function resourcesOf({ asked: { cpuMillis, memoryBytes, diskBytes, gpus } }: Vm): PlainMapping {
  return given({
    cpu: cpuMillis ? formatCpu(cpuMillis) : undefined,
    memory: memoryBytes ? formatExactBytes(memoryBytes) : undefined,
    disk: diskBytes ? formatExactBytes(diskBytes) : undefined,
    gpus: gpus || undefined,
  });
}

/** Beside the model's own, which the kind adds. */
function portsOf({ ports }: Vm, own: number): PlainMapping[] {
  return ports
    .filter(({ port }) => port !== SSH_PORT && port !== own)
    .map(({ port, protocol }) => ({ containerPort: port, protocol }));
}

/** Who asks knows the fields of the route, not those of a manifest. */
function fieldOf(path: string): string {
  const names: Readonly<Record<string, string>> = {
    'model.source.url': 'dockerfile_url',
    'model.source.upload': 'upload',
    'model.dockerfile': 'dockerfile',
    'model.port': 'port',
  };
  return names[path] ?? path.replace(/^model\.buildArgs/, 'build_args');
}

function given(fields: PlainMapping): PlainMapping {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
