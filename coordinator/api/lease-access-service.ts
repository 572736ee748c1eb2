import { create } from '@bufbuild/protobuf';
import { DialOrderSchema } from '../../common/gen/headframe/v1/agent_service_pb.js';
import type {
  DialRequest,
  DialStart,
  LeaseAccessService,
} from '../../common/gen/headframe/v1/lease_access_service_pb.js';
import type { Caller } from '../../common/model/caller.js';
import { HeadframeError } from '../../common/model/error.js';
import { instanceId } from '../../common/model/instance.js';
import type { InstanceRecord } from '../../common/model/instance.js';
import type { LeaseRecord } from '../../common/model/lease-record.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { numberFromWire } from '../../common/wire/numbers.js';
import { notRunning } from '../router/index.js';
import { secretsNeedTls } from '../security/secrets/index.js';
import { readSshPublicKey } from '../security/ssh/index.js';
import type { SshPublicKey } from '../security/ssh/index.js';
import type { Tunnel } from '../sessions/index.js';
import { readCommandStart, runInInstance } from './instance-exec.js';
import { hostOf, readTunnel } from './instance-tunnel.js';
import { requireLeaseOwner } from './lease-owner.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

type Parts = Pick<HandlerParts, 'fleet' | 'scopes' | 'sessions' | 'sshUsers' | 'clock' | 'leases'>;

/** The ways into leases, for their owners and admins. */
export function leaseAccessService(parts: Parts): ServiceImplementation<typeof LeaseAccessService> {
  return {
    issueCertificate: async ({ lease: id, publicKey, lifeMs }, { caller }) => {
      const { lease, instance } = usable(parts, id, caller);
      const shown = waysIn(parts, lease, instance);
      if (publicKey === '') return shown;
      if (parts.sshUsers === undefined) throw secretsNeedTls();
      const key = keyOf(publicKey);
      const nowMs = parts.clock.nowMs();
      const life = numberFromWire(lifeMs, 'life_ms');
      // Certificates are judged by the wall clock of hosts, which the leases' own may differ from.
      const endsAtMs = Math.round(lease.endsAtMs + parts.leases.wallOffsetMs);
      const untilMs = life === 0 ? endsAtMs : Math.min(endsAtMs, nowMs + life);
      const { userCa = '', egress } = parts.fleet.workload(instance.workloadId)?.lease ?? {};
      const portForwarding = egress === 'internet';
      const wish = { key, lease: lease.id, userCa, owner: lease.owner, nowMs, untilMs, portForwarding };
      const { line, serial } = await parts.sshUsers.issue(wish);
      return { ...shown, certificate: line, serial, validUntilMs: BigInt(untilMs) };
    },
    async *dial(requests, { signal, caller }) {
      const rest = requests[Symbol.asyncIterator]();
      const start = await readStart(rest);
      const { instance } = usable(parts, start.lease, caller);
      const value = create(DialOrderSchema, {
        serial: BigInt(instance.serial),
        containerPort: portOf(parts, instance, start),
      });
      const tunnel = await parts.sessions.openTunnel(hostOf(instance), { case: 'dial', value }, signal);
      // What breaks it is the end of the client's call or of the tunnel, which the other way tells.
      void forward(rest, tunnel).catch(() => undefined);
      for await (const message of readTunnel(tunnel, signal)) {
        if (message.case !== 'data') continue;
        const { data } = message.value;
        yield { message: data.length === 0 ? { case: 'end', value: true } : { case: 'data', value: data } };
      }
    },
    async *runCommand(requests, { signal, caller }) {
      const rest = requests[Symbol.asyncIterator]();
      const start = await readCommandStart(rest);
      const { instance } = entered(parts, start.lease, caller);
      for await (const message of runInInstance(parts, instance, { start, rest }, signal)) yield { message };
    },
  };
}

/** A lease of the caller's that somebody has been able to log in to. */
function usable(parts: Parts, id: string, caller: Caller): EnteredLease {
  const found = entered(parts, id, caller);
  if (found.lease.startsAtMs === 0) throw notUsable(found.lease);
  return found;
}

/** A lease of the caller's that has a running container. */
function entered({ fleet, scopes }: Parts, id: string, caller: Caller): EnteredLease {
  const lease = fleet.lease(id);
  requireLeaseOwner(lease, id, caller, scopes.of(caller).namespaces);
  const instance = fleet.instance(lease.serial);
  if (lease.end !== undefined || instance === undefined) throw notUsable(lease);
  if (instance.state !== 'running') throw notRunning(instance);
  return { lease, instance };
}

interface EnteredLease {
  readonly lease: LeaseRecord;
  readonly instance: InstanceRecord;
}

function waysIn({ fleet }: Parts, lease: LeaseRecord, { miner, serial }: InstanceRecord) {
  const { hostKey, fingerprint, hostPorts, hostId } = lease;
  const addresses = [...(fleet.host(hostId)?.description.addresses ?? [])];
  return { hostKey, fingerprint, addresses, hostPort: hostPorts[0] ?? 0, instance: instanceId(miner, serial) };
}

function keyOf(line: string): SshPublicKey {
  const read = readSshPublicKey(line);
  if (read.ok) return read.key;
  const { shown, ...problem } = read.problem;
  throw invalidRequest({ path: 'public_key', ...(shown === undefined ? {} : { value: shown }), ...problem });
}

function portOf({ fleet }: Parts, { workloadId }: InstanceRecord, { port }: DialStart): number {
  const ports = (fleet.workload(workloadId)?.container.ports ?? []).filter(({ protocol }) => protocol === 'tcp');
  const found = port === 0 ? ports[0] : ports.find(({ containerPort }) => containerPort === port);
  if (found !== undefined) return found.containerPort;
  const expected = `0 or one of ${ports.map(({ containerPort }) => String(containerPort)).join(', ')}`;
  throw invalidRequest({ path: 'start.port', value: String(port), expected });
}

async function readStart(requests: AsyncIterator<DialRequest>): Promise<DialStart> {
  const first = await requests.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.case === 'start') return message.value;
  throw invalidRequest({ path: 'message', expected: 'start, as the first message' });
}

/** A start that comes again is no byte, and is passed over. */
async function forward(requests: AsyncIterator<DialRequest>, { outgoing }: Tunnel): Promise<void> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const { message } = next.value;
    if (message.case === 'data') await outgoing.write({ message: { case: 'stdin', value: message.value } });
    if (message.case === 'end') break;
  }
  await outgoing.write({ message: { case: 'stdinEnd', value: true } });
}

function notUsable({ id, state, reason, text }: LeaseRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'lease_not_usable',
    message: `the lease ${id} is ${state}: ${text}`,
    remedy: 'It can be used once it is ready, and until its end: headframe lease show.',
    metadata: { state, state_reason: reason },
  });
}
