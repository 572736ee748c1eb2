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
