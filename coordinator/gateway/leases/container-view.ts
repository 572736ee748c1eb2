import { z } from 'zod';
import { LeaseState } from '../../../common/gen/headframe/v1/lease_pb.js';
import type { Lease } from '../../../common/gen/headframe/v1/lease_pb.js';
import { servableOf } from '../../chain/registration/index.js';

/** A newer coordinator may have others. */
const STATES: Readonly<Record<number, string>> = {
  [LeaseState.REQUESTED]: 'requested',
  [LeaseState.PLACED]: 'placed',
  [LeaseState.PROVISIONING]: 'provisioning',
  [LeaseState.PROBING]: 'probing',
  [LeaseState.READY]: 'ready',
  [LeaseState.SUSPECT]: 'suspect',
  [LeaseState.EXPIRING]: 'expiring',
  [LeaseState.RELEASED]: 'released',
};

/** A lease as a container of the seed, with ours beside. */
export const containerSchema = z.object({
  status: z.enum(['success', 'pending']).describe('success once somebody can log in.'),
  container_id: z.string().describe('Id of the lease.'),
  container_name: z.string(),
  password: z
    .string()
    .nullable()
    .describe('Of root; only in the answer that made it, and only where one was asked for.'),
  ssh_port: z.string().nullable(),
  host: z.string().nullable().describe('Address of its host, as that tells it.'),
  username: z.literal('root'),
  state: z.string(),
  why: z.object({ reason: z.string(), text: z.string() }),
  host_key: z.string().describe('Of its SSH server, for known_hosts.'),
  fingerprint: z.string(),
  ports: z.record(z.string(), z.int()).describe('Host ports by those of the container.'),
  owner: z.string(),
  starts_at: z.string().nullable(),
  ends_at: z.string().nullable(),
  usable_seconds: z.number(),
});

/** Shows a lease as a container; the password is that which was made with it, if any. */
export function containerOf(lease: Lease, password = ''): z.output<typeof containerSchema> {
  const [ssh, ...others] = lease.ports.filter(({ hostPort }) => hostPort > 0);
  return {
    status: lease.state === LeaseState.READY ? 'success' : 'pending',
    container_id: lease.id,
    container_name: lease.id,
    password: password === '' ? null : password,
    ssh_port: ssh === undefined ? null : String(ssh.hostPort),
    host: servableOf(lease.hostAddresses) ?? null,
    username: 'root',
    state: STATES[lease.state] ?? 'unknown',
    why: { reason: lease.why?.reason ?? '', text: lease.why?.text ?? '' },
    ...{ host_key: lease.hostKey, fingerprint: lease.fingerprint, owner: lease.owner },
    ports: Object.fromEntries(others.map(({ containerPort, hostPort }) => [String(containerPort), hostPort])),
    starts_at: timeOf(lease.startsAtMs),
    ends_at: timeOf(lease.endsAtMs),
    usable_seconds: Math.floor(Number(lease.usableMs) / 1_000),
  };
}

function timeOf(ms: bigint): string | null {
  return ms === 0n ? null : new Date(Number(ms)).toISOString();
}
