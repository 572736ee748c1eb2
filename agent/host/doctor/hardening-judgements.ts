import type { EngineInfo } from './engine-judgements.js';
import { ok, problem, warning } from './finding.js';
import type { Finding } from './finding.js';

const RESTART = 'and restart the engine (with live-restore on, containers go on)';

/** Root in a container is not root on the host. */
export function judgeUserNamespaces({ security }: EngineInfo): Finding {
  if (has(security, 'rootless')) return ok('user_namespaces', 'the engine runs without root');
  if (has(security, 'userns')) return ok('user_namespaces', 'users of containers are others on the host');
  return warning(
    'user_namespaces',
    'root in a container is root on the host, held back by dropped capabilities and profiles alone',
    `Give miners a user of their own; or set "userns-remap": "default" in /etc/docker/daemon.json ${RESTART}: images are pulled anew, and allowed host paths must belong to the mapped users.`,
  );
}

/** System calls that containers have no use for are refused. */
export function judgeSeccomp({ security }: EngineInfo): Finding {
  const seccomp = security.find((option) => nameOf(option) === 'seccomp');
  if (seccomp !== undefined && !/profile=unconfined/.test(seccomp))
    return ok('seccomp', "the engine's seccomp profile holds for every container");
  const detail =
    seccomp === undefined ? 'the engine has no seccomp' : 'the engine runs containers without a seccomp profile';
  return problem(
    'seccomp',
    `${detail}: containers reach every system call of the kernel`,
    `Use a kernel and engine with seccomp, take "seccomp-profile" out of /etc/docker/daemon.json ${RESTART}.`,
  );
}

/** A second wall stands where a container got out of the first. */
export function judgeAccessControl({ security }: EngineInfo): Finding {
  const found = ['apparmor', 'selinux'].find((name) => has(security, name));
  if (found !== undefined) return ok('access_control', `${found} confines containers`);
  return warning(
    'access_control',
    'neither AppArmor nor SELinux confines containers',
    'Boot with AppArmor (apparmor=1 security=apparmor) and install its tools, or set "selinux-enabled": true in /etc/docker/daemon.json.',
  );
}

/** Miners on the bridge do not reach each other but by published ports. */
export function judgeIcc({ icc }: EngineInfo): Finding {
  if (icc === false) return ok('icc', 'containers on the bridge reach each other by published ports alone');
  const detail = icc ? 'containers on the bridge reach every port of each other' : 'the default bridge was not found';
  return warning('icc', detail, `Set "icc": false in /etc/docker/daemon.json ${RESTART}.`);
}

/** Nobody rules the engine over the network. */
export function judgeEngineApi({ openAddresses }: EngineInfo): Finding {
  if (openAddresses.length === 0) return ok('engine_api', 'the engine takes no unproven calls from the network');
  return problem(
    'engine_api',
    `whoever reaches ${openAddresses.join(', ')} is root on this host`,
    `Take the address out of "hosts" in /etc/docker/daemon.json and of the unit's -H flags, or demand certificates ("tlsverify"), ${RESTART}.`,
  );
}

/** Logs do not fill the disk. `daemonConfig` is the text of daemon.json; undefined when it cannot be read. */
export function judgeEngineLogs({ logDrivers, logDriver }: EngineInfo, daemonConfig: string | undefined): Finding {
  const own = 'logs of miners are bounded to 30 MB each';
  if (!logDrivers.includes('json-file'))
    return problem('engine_logs', 'the engine lacks the log driver json-file', 'Install the full Docker Engine.');
  if (logDriver !== 'json-file' || /"max-size"\s*:/.test(daemonConfig ?? '')) return ok('engine_logs', own);
  return warning(
    'engine_logs',
    `${own}; those of other containers are not, and may fill the disk`,
    'Set "log-opts": {"max-size": "10m", "max-file": "3"} in /etc/docker/daemon.json and restart the engine.',
  );
}

/** An option reads `name=seccomp,profile=default`, or, of old engines, `seccomp`. */
function nameOf(option: string): string {
  return /^(?:name=)?([^,]*)/.exec(option)?.[1] ?? '';
}

function has(security: readonly string[], name: string): boolean {
  return security.some((option) => nameOf(option) === name);
}
