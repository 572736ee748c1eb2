import { create } from '@bufbuild/protobuf';
import type { CreateLeaseRequest } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseEgress, MinerSpecSchema } from '../../common/gen/headframe/v1/miner_pb.js';
import type { Caller } from '../../common/model/caller.js';
import type { FieldViolation } from '../../common/model/error.js';
import { LEASE_RUNTIMES, leaseSpecViolations } from '../../common/model/lease-spec.js';
import type { LeaseSpec } from '../../common/model/lease-spec.js';
import type { MinerSpec, PortSpec } from '../../common/model/miner.js';
import { DEFAULT_NAMESPACE } from '../../common/model/namespace.js';
import { minerSpecFromWire } from '../../common/wire/client.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { MOST_TERM_MS } from '../kinds/lease/index.js';
import { judgeAuthorizedKeys } from '../security/ssh/index.js';
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

/** The terms of time that are asked for. Throws `HeadframeError` (invalid_argument, 'request_invalid'). */
export function termsOf({ termMs: term, graceMs: grace }: CreateLeaseRequest): {
  readonly termMs: number;
  readonly graceMs: number;
} {
  const [termMs, graceMs] = [numberFromWire(term, 'term_ms'), numberFromWire(grace, 'grace_ms')];
  const violations: FieldViolation[] = [];
  if (termMs < SHORTEST_TERM_MS || termMs > MOST_TERM_MS)
    violations.push({ path: 'term_ms', value: String(termMs), expected: `${SHORTEST_TERM_MS} to ${MOST_TERM_MS}` });
  if (graceMs > MOST_TERM_MS)
    violations.push({ path: 'grace_ms', value: String(graceMs), expected: `0 to ${MOST_TERM_MS}` });
  if (violations.length > 0) throw invalidRequest(...violations);
  return { termMs, graceMs };
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

function ownNamespace({ namespaces = [] }: Caller): string {
  const [only] = namespaces;
  return namespaces.length === 1 && only !== undefined ? only : DEFAULT_NAMESPACE;
}
