import { probeKeyLine } from '../../../common/model/lease-probe.js';
import type { LeaseSpec } from '../../../common/model/lease-spec.js';
import { ENTRY_SCRIPT } from './entry-script.js';
import { LEASE_PATHS } from './lease-paths.js';

/** The main program of a lease's container. */
export const LEASE_ENTRY = `${LEASE_PATHS.files}/entry`;

/** A file of a lease. */
export interface LeaseFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

/** Readable by all of a container: what is in them is public, or a hash that the container's own root may read anyway. */
const READABLE = 0o644;
const RUNNABLE = 0o755;

/** The files of a lease, with which its SSH server starts. Pure. */
export function leaseFiles(spec: LeaseSpec): LeaseFile[] {
  const { files } = LEASE_PATHS;
  const readable = (name: string, text: string): LeaseFile => ({ name, text, mode: READABLE });
  return [
    { name: 'entry', text: ENTRY_SCRIPT, mode: RUNNABLE },
    readable('sshd_config', sshdConfig(spec)),
    readable('authorized_keys', keyLines(spec).join('')),
    // A certificate opens this lease by naming it, and none other.
    readable('principals', `${spec.lease}\n`),
    ...(spec.userCa === '' ? [] : [readable('user_ca.pub', `${spec.userCa}\n`)]),
    ...(spec.passwordHash === '' ? [] : [readable('password_hash', `${spec.passwordHash}\n`)]),
  ].map((file) => ({ ...file, text: file.text.replaceAll('@FILES@', files) }));
}

/** The renter's keys, and the key of probes, which opens one command and no shell. */
function keyLines({ authorizedKeys, probeKey }: LeaseSpec): string[] {
  const probe = probeKey === '' ? [] : [probeKeyLine(probeKey)];
  return [...authorizedKeys, ...probe].map((line) => `${line}\n`);
}

/** The whole configuration: nothing of the image's own counts. Only words that OpenSSH has known since 7.4. */
function sshdConfig({ userCa, passwordHash }: LeaseSpec): string {
  const hasPassword = passwordHash !== '';
  const authority = [`TrustedUserCAKeys @FILES@/user_ca.pub`, `AuthorizedPrincipalsFile @FILES@/principals`];
  return [
    'Port 22',
    `HostKey ${LEASE_PATHS.hostKey}`,
    'PidFile none',
    'UsePAM no',
    `PermitRootLogin ${hasPassword ? 'yes' : 'prohibit-password'}`,
    'PubkeyAuthentication yes',
    'AuthorizedKeysFile @FILES@/authorized_keys',
    ...(userCa === '' ? [] : authority),
    `PasswordAuthentication ${hasPassword ? 'yes' : 'no'}`,
    'ChallengeResponseAuthentication no',
    'HostbasedAuthentication no',
    'PermitEmptyPasswords no',
    'PermitUserEnvironment no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'PermitTunnel no',
    'GatewayPorts no',
    'AllowTcpForwarding yes',
    // The files are the agent's, and belong to nobody where users are mapped; no one in the container can write them.
    'StrictModes no',
    'LoginGraceTime 30',
    'MaxAuthTries 6',
    'MaxStartups 20:30:60',
    'ClientAliveInterval 60',
    'ClientAliveCountMax 5',
    'UseDNS no',
    'PrintMotd no',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}
