import { create } from '@bufbuild/protobuf';
import type { CreateLeaseRequest } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseEgress, MinerSpecSchema } from '../../common/gen/headframe/v1/miner_pb.js';
import type { Caller } from '../../common/model/caller.js';
import type { FieldViolation } from '../../common/model/error.js';
import { LEASE_RUNTIMES, leaseSpecViolations } from '../../common/model/lease-spec.js';
import type { LeaseSpec } from '../../common/model/lease-spec.js';
import type { MinerSpec, PortSpec } from '../../common/model/miner.js';
import { minerSpecFromWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { DEFAULT_WAIT_LIMIT_MS, MOST_TERM_MS } from '../kinds/lease/index.js';
import { judgeAuthorizedKeys } from '../security/ssh/index.js';
import { ownNamespace } from './own-namespace.js';
import { invalidRequest } from './refuse.js';

/** What the coordinator gives each lease. */
export interface LeaseKeys {
  /** Public keys as OpenSSH writes them; '' for none. */
  readonly userCa: string;
  readonly probeKey: string;
  /** Name of the secret that has the key of its SSH server. */
  readonly secret: string;
  /** By crypt(3); '' for none. */
  readonly passwordHash: string;
}

const SHORTEST_TERM_MS = 60_000;
const MOST_PORTS = 15;
const SSH_PORT: PortSpec = { name: 'ssh', containerPort: 22, protocol: 'tcp', hostPort: 0 };
/** Where the SSH server of a lease finds its key. */
const HOST_KEY_PATH = '/run/headframe/ssh/host_key';

/** The times that are asked for. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function termsOf(asked: Pick<CreateLeaseRequest, 'termMs' | 'graceMs' | 'waitLimitMs'>): {
  readonly termMs: number;
  readonly graceMs: number;
  readonly waitLimitMs: number;
} {
  const termMs = numberFromWire(asked.termMs, 'term_ms');
  const graceMs = numberFromWire(asked.graceMs, 'grace_ms');
  const waitLimitMs = numberFromWire(asked.waitLimitMs, 'wait_limit_ms');
  refuse([
    ...outside('term_ms', termMs, SHORTEST_TERM_MS),
    ...outside('grace_ms', graceMs, 0),
    ...outside('wait_limit_ms', waitLimitMs, 0),
  ]);
  return { termMs, graceMs, waitLimitMs: waitLimitMs === 0 ? DEFAULT_WAIT_LIMIT_MS : waitLimitMs };
}

function outside(path: string, valueMs: number, leastMs: number): FieldViolation[] {
  if (valueMs >= leastMs && valueMs <= MOST_TERM_MS) return [];
  return [{ path, value: String(valueMs), expected: `${String(leastMs)} to ${String(MOST_TERM_MS)}` }];
}

/**
 * Makes the spec of a lease's miner of what is asked for. Throws `HeadframeError` (invalid_argument: 'manifest_invalid' by the
 * manifest's own rules, 'request_invalid' for the rest), all by field.
 */
export function leaseMiner(asked: CreateLeaseRequest, caller: Caller, keys: LeaseKeys): MinerSpec {
  const { id, image, resources, ports, constraints, labels, pullPolicy, priority } = asked;
  const namespace = asked.namespace === '' ? ownNamespace(caller) : asked.namespace;
  const secrets = [{ name: keys.secret, path: HOST_KEY_PATH, mode: 0o400 }];
  const message = create(MinerSpecSchema, {
    ...{ kind: 'container', name: id, namespace, constraints, labels, pullPolicy, replicas: 1 },
    ...(priority === undefined ? {} : { priority }),
    ...(resources === undefined ? {} : { resources }),
    // A lease is its container: whatever ends in it is started again, as long as the term lasts.
    restart: { maxAttempts: 0 },
    section: { case: 'container', value: { image, ports, secrets } },
  });
  refuse(portViolations(asked));
  const spec = minerSpecFromWire(message);
  const lease = leaseOf(asked, caller, keys);
  const container = { ...spec.container, ports: [SSH_PORT, ...spec.container.ports] };
  return { ...spec, kind: 'lease', container, lease };
}

function leaseOf(
  asked: CreateLeaseRequest,
  { name: owner }: Caller,
  { userCa, probeKey, passwordHash }: LeaseKeys,
): LeaseSpec {
  const { keys, violations } = judgeAuthorizedKeys(asked.authorizedKeys, 'authorized_keys');
  const runtime = LEASE_RUNTIMES.find((known) => known === asked.runtime);
  const expected = `one of ${LEASE_RUNTIMES.filter((known) => known !== '').join(', ')}, or nothing`;
  const spec: LeaseSpec = {
    ...{ lease: asked.id, owner, authorizedKeys: keys, userCa, probeKey, passwordHash, runtime: runtime ?? '' },
    egress: asked.egress === LeaseEgress.NONE ? 'none' : 'internet',
    bandwidthBytes: numberFromWire(asked.bandwidthBytes, 'bandwidth_bytes'),
    ioBytes: numberFromWire(asked.ioBytes, 'io_bytes'),
  };
  refuse([
    ...violations,
    ...(runtime === undefined ? [{ path: 'runtime', value: asked.runtime.slice(0, 80), expected }] : []),
    ...leaseSpecViolations(spec),
  ]);
  return spec;
}

function portViolations({ ports }: CreateLeaseRequest): FieldViolation[] {
  const violations: FieldViolation[] = [];
  if (ports.length > MOST_PORTS)
    violations.push({ path: 'ports', value: `${ports.length} ports`, expected: `at most ${MOST_PORTS} beside SSH` });
  ports.forEach(({ name, containerPort, hostPort }, at) => {
    const path = `ports[${String(at)}]`;
    if (name === SSH_PORT.name || containerPort === SSH_PORT.containerPort)
      violations.push({ path, expected: 'another port than ssh, 22, which every lease has' });
    if (hostPort !== 0)
      violations.push({ path: `${path}.host_port`, value: String(hostPort), expected: '0: the host chooses' });
  });
  return violations;
}

function refuse(violations: readonly FieldViolation[]): void {
  if (violations.length > 0) throw invalidRequest(...violations);
}
