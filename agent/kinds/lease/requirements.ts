import { existsSync } from 'node:fs';

/** What of a host decides whether it can hold leases. */
export interface LeaseHostView {
  /** As the engine writes it, such as `20.10.24+dfsg1`. */
  readonly engineVersion: string;
  /** As the engine tells it of its `runc`; '' where it tells none. */
  readonly runcVersion: string;
  /** As `uname -r` writes it. */
  readonly kernel: string;
  /** Options such as `name=seccomp,profile=default`. */
  readonly security: readonly string[];
  readonly limits: { readonly memory: boolean; readonly cpuQuota: boolean; readonly pids: boolean };
  readonly ipForwarding: boolean;
  /** Programs that were found, of `LEASE_PROGRAMS`. */
  readonly programs: ReadonlySet<string>;
  /** What `iptables-save -t filter` printed; undefined where it failed. */
  readonly firewall: string | undefined;
  readonly isRoot: boolean;
  readonly lendsServer: boolean;
  /** Whether the engine bounds what a container writes, or a file system of its own can. */
  readonly disk: 'enforced' | 'unenforced';
}

/** Something that a host lacks, with what to do about it. */
export interface LeaseFault {
  readonly text: string;
  readonly remedy: string;
}

/** Programs that walls are built with. */
export const LEASE_PROGRAMS = [
  ...['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore'],
  ...['tc', 'mkfs.ext4', 'mount', 'umount', 'nsenter'],
];

/** From here on an engine takes what leases ask for: a private cgroup namespace, and errors of one's own in a seccomp profile. */
const LEAST_ENGINE = [20, 10] as const;
/** The first release that answers calls which are newer than a profile with "not there", so that C libraries fall back. */
const LEAST_RUNC = [1, 0] as const;
/** From here on a tracer cannot change a call that a filter has let through: seccomp(2), "ptrace". */
const LEAST_KERNEL = [4, 8] as const;
/** Releases with the mends of CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881. */
const MENDED_RUNC = { '1.2': 8, '1.3': 3 } as const;

/** Why a host holds no leases; empty when it can. Pure. */
export function leaseFaults(view: LeaseHostView): LeaseFault[] {
  return [...versionFaults(view), ...kernelFaults(view), ...toolFaults(view)];
}

/** What is not enforced, or not known, of a host that holds leases. Pure. */
export function leaseWeaknesses(view: LeaseHostView): LeaseFault[] {
  const { security, runcVersion, disk, lendsServer } = view;
  const has = (name: string): boolean => security.some((option) => new RegExp(`^(name=)?${name}\\b`).test(option));
  const found: LeaseFault[] = [];
  if (!isMended(runcVersion))
    found.push({
      text: `runc ${runcVersion === '' ? 'of an unknown version' : runcVersion} may be open to CVE-2025-31133, -52565 and -52881, by which containers get out, unless the distribution has mended it`,
      remedy: 'Install runc 1.2.8, 1.3.3 or later, or see that the changelog of the package names them.',
    });
  if (!has('userns') && !has('rootless'))
    found.push({
      text: 'root of a lease is root of the host, held back by capabilities, seccomp and mounts alone',
      remedy: 'Set "userns-remap": "default" in /etc/docker/daemon.json and restart the engine.',
    });
  if (!has('apparmor') && !has('selinux'))
    found.push({
      text: 'neither AppArmor nor SELinux confines leases',
      remedy: 'Boot with AppArmor (apparmor=1 security=apparmor), and install its tools.',
    });
  if (disk === 'unenforced')
    found.push({
      text: 'the disk of leases is not enforced: one that writes more than its share fills the disk of the host',
      remedy: 'Use the overlay2 storage driver, with the agent as root and e2fsprogs installed; or XFS with pquota.',
    });
  if (!lendsServer)
    found.push({
      text: 'images without an SSH server cannot be rented: there is none to lend',
      remedy: 'Run deploy/lease/ssh-server.sh with the folder of the setting leases.sshServer.',
    });
  return found;
}

/** Whether a folder holds the SSH server that is lent. */
export function isServerFolder(path: string): boolean {
  return existsSync(`${path}/sbin/sshd`);
}

function versionFaults({ engineVersion, runcVersion, kernel }: LeaseHostView): LeaseFault[] {
  const faults: LeaseFault[] = [];
  if (isBelow(engineVersion, LEAST_ENGINE))
    faults.push({
      text: `Docker Engine ${engineVersion} is older than ${LEAST_ENGINE.join('.')}`,
      remedy: 'Upgrade the Docker Engine, at best to 25 or later.',
    });
  if (runcVersion !== '' && isBelow(runcVersion, LEAST_RUNC))
    faults.push({ text: `runc ${runcVersion} is older than ${LEAST_RUNC.join('.')}`, remedy: 'Upgrade runc.' });
  if (isBelow(kernel, LEAST_KERNEL))
    faults.push({
      text: `the kernel ${kernel} is older than ${LEAST_KERNEL.join('.')}`,
      remedy: 'Upgrade the kernel.',
    });
  return faults;
}

function kernelFaults({ security, limits, ipForwarding }: LeaseHostView): LeaseFault[] {
  const faults: LeaseFault[] = [];
  if (!security.some((option) => /^(name=)?seccomp\b/.test(option)))
    faults.push({ text: 'the engine has no seccomp', remedy: 'Use a kernel and an engine with seccomp.' });
  if (!limits.memory || !limits.cpuQuota || !limits.pids)
    faults.push({
      text: 'the kernel does not enforce memory, CPU and process limits',
      remedy: 'Boot with the kernel parameters cgroup_enable=memory cgroup_memory=1.',
    });
  if (!ipForwarding) faults.push({ text: 'IPv4 forwarding is off', remedy: 'Run sysctl -w net.ipv4.ip_forward=1.' });
  return faults;
}

function toolFaults({ programs, firewall, isRoot }: LeaseHostView): LeaseFault[] {
  const faults: LeaseFault[] = [];
  if (!isRoot)
    faults.push({
      text: 'the agent is not root, and can build no firewall',
      remedy: 'Run the agent as root, under systemd with deploy/systemd/leases.conf as a drop-in.',
    });
  const missing = ['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore', 'tc'].filter(
    (name) => !programs.has(name),
  );
  if (missing.length > 0)
    faults.push({ text: `not installed: ${missing.join(', ')}`, remedy: 'Install iptables and iproute2.' });
  else if (firewall === undefined)
    faults.push({
      text: 'the firewall cannot be read',
      remedy: 'Give the agent CAP_NET_ADMIN and CAP_NET_RAW: deploy/systemd/leases.conf as a drop-in of its unit.',
    });
  else if (!/^:DOCKER-USER /m.test(firewall))
    faults.push({
      text: 'the engine keeps no firewall: the chain DOCKER-USER is missing',
      remedy: 'Take "iptables": false out of /etc/docker/daemon.json and restart the engine.',
    });
  return faults;
}

function isMended(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = numbersOf(version);
  if (major !== 1) return major > 1;
  const first = minor === 2 || minor === 3 ? MENDED_RUNC[`1.${minor}`] : undefined;
  return first === undefined ? minor > 3 : patch >= first;
}

function isBelow(version: string, [leastMajor, leastMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = numbersOf(version);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function numbersOf(version: string): number[] {
  return (/\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
}
