import type { Assignment } from '../../common/model/workload.js';
import { buildAssignment } from './build-assignment.js';
import type { LeaseSpec } from '../../common/model/lease-spec.js';

/** A public key of the right form; nobody has its other half. */
const TENANT_KEY = `ssh-ed25519 ${keyBlob('ssh-ed25519', 32)} tenant@example`;

/** The bytes of a key in Base64: its type, and so many more. */
function keyBlob(type: string, size: number): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(type.length);
  return Buffer.concat([head, Buffer.from(type, 'latin1'), Buffer.alloc(size, 7)]).toString('base64');
}

/** A lease that asks for nothing unusual. */
export function leaseSpec(patch: Partial<LeaseSpec> = {}): LeaseSpec {
  return {
    lease: 'lease-1',
    owner: 'ada',
    authorizedKeys: [TENANT_KEY],
    userCa: '',
    probeKey: '',
    passwordHash: '',
    runtime: '',
    egress: 'internet',
    bandwidthBytes: 0,
    ioBytes: 0,
    ...patch,
  };
}

/** A lease as its host is told to hold it. */
export function leaseAssignment(parts: Partial<LeaseSpec> = {}): Assignment {
  return buildAssignment({
    hostPorts: [20_022],
    workload: { kind: 'lease', lease: leaseSpec(parts) },
    container: {
      ports: [{ name: 'ssh', containerPort: 22, protocol: 'tcp', hostPort: 0 }],
      secrets: [{ name: 'k', path: '/run/headframe/ssh/host_key', mode: 0o400, onRotate: 'none' }],
    },
    resources: { cpuMillis: 1500, memoryBytes: 512 * 2 ** 20, diskBytes: 2 ** 30, pids: 0 },
  });
}
