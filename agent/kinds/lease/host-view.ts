import { release } from 'node:os';
import { canLimitDisk } from '../../host/doctor/engine-judgements.js';
import { findPrograms, readMountOptions } from '../../host/doctor/probes.js';
import type { RunCommand } from '../../host/command.js';
import type { EngineInfo } from '../../host/index.js';
import { LEASE_PROGRAMS, isServerFolder } from './requirements.js';
import type { LeaseHostView } from './requirements.js';

const COMMAND_MS = 5_000;

/** Looks at what decides whether this host can hold leases. Never rejects. */
export async function viewLeaseHost(info: EngineInfo, sshServer: string, run: RunCommand): Promise<LeaseHostView> {
  const programs = findPrograms(LEASE_PROGRAMS);
  const saved = await run('iptables-save', ['-t', 'filter'], COMMAND_MS);
  const isRoot = process.geteuid?.() === 0;
  const canMount = isRoot && ['mkfs.ext4', 'mount', 'umount', 'nsenter'].every((name) => programs.has(name));
  return {
    engineVersion: info.version,
    runcVersion: info.runcVersion,
    kernel: release(),
    security: info.security,
    limits: info.limits,
    ipForwarding: info.ipForwarding,
    programs,
    firewall: saved.kind === 'output' ? saved.text : undefined,
    isRoot,
    lendsServer: isServerFolder(sshServer),
    disk:
      canLimitDisk(info, readMountOptions(info.rootPath)) || (canMount && info.storageDriver === 'overlay2')
        ? 'enforced'
        : 'unenforced',
  };
}
