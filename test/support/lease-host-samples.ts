import type { LeaseHostView } from '../../agent/kinds/lease/requirements.js';
import type { LeaseHostFacts } from '../../agent/runtime/docker/lease-spec.js';

/** What a host gives to a lease's container, but for what the test says. */
export function leaseHostFacts(parts: Partial<LeaseHostFacts> = {}): LeaseHostFacts {
  return {
    name: 'headframe-lease-1-1',
    hostId: 'host-1',
    network: 'headframe-lease-hl1',
    files: '/data/leases/1/files',
    sshServer: '/opt/lease-ssh',
    secretsFolder: '/run/headframe/secrets/host-1',
    runtimes: ['runc', 'runsc'],
    appArmor: false,
    diskLimit: false,
    disk: '/dev/sda',
    ioBytes: 1000,
    dns: ['9.9.9.9'],
    imageVolumes: [],
    ...parts,
  };
}

/** A host that lacks nothing that leases need, but for what the test says. */
export function leaseHostView(parts: Partial<LeaseHostView> = {}): LeaseHostView {
  return {
    engineVersion: '27.0.3',
    runcVersion: '1.3.4',
    kernel: '6.1.0-18-amd64',
    security: ['name=apparmor', 'name=seccomp,profile=default', 'name=userns'],
    limits: { memory: true, cpuQuota: true, pids: true },
    ipForwarding: true,
    programs: new Set(['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore', 'tc']),
    firewall: '*filter\n:DOCKER-USER - [0:0]\nCOMMIT\n',
    isRoot: true,
    lendsServer: true,
    disk: 'enforced',
    ...parts,
  };
}
