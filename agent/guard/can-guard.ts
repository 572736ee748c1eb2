import { accessSync, constants, readFileSync, readdirSync } from 'node:fs';

/** What decides whether a guard can do its work here; read once at the agent's start. */
export interface GuardGround {
  readonly runtime: 'docker' | 'process';
  /** Whether the engine is called by a socket of this machine. */
  readonly engineIsLocal: boolean;
  readonly isRoot: boolean;
  readonly hasShell: boolean;
  /** `comm` of every process that can be seen. */
  readonly processes: readonly string[];
  /** Texts of /proc/self/cgroup and /proc/1/cgroup. */
  readonly ownCgroup: string;
  readonly firstCgroup: string;
}

const ENGINES = ['dockerd', 'containerd'];
/** What names a container in a cgroup path, whatever engine made it. */
const CONTAINER_ID = /[0-9a-f]{64}/;

/**
 * Why a guard could not end the instances of this host by itself; undefined when it can. It has to see the engine's
 * processes, may signal them, and must not end together with its agent, as it would in a container.
 */
export function whyUnguarded(ground: GuardGround): string | undefined {
  if (!ground.hasShell) return 'there is no /bin/sh';
  if (isContained(ground)) return 'the agent runs in a container, and its guard would end with it';
  if (ground.runtime === 'process') return undefined;
  if (!ground.engineIsLocal) return 'the container engine is called over the network';
  if (!ground.isRoot) return 'only root may end the processes of containers';
  if (!ENGINES.some((name) => ground.processes.includes(name)))
    return "the container engine's processes cannot be seen from here";
  return undefined;
}

/** In a container of its own, beside the first process that it sees. */
function isContained({ ownCgroup, firstCgroup }: GuardGround): boolean {
  if (firstCgroup.includes('/..')) return true;
  return CONTAINER_ID.test(ownCgroup) && !CONTAINER_ID.test(firstCgroup);
}

/** Reads this machine's ground for a runtime. */
export function readGuardGround(
  runtime: GuardGround['runtime'],
  engineIsLocal: boolean,
  systemUserId: number | undefined,
): GuardGround {
  return {
    runtime,
    engineIsLocal,
    isRoot: systemUserId === 0,
    hasShell: isExecutable('/bin/sh'),
    processes: readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readOrEmpty(`/proc/${pid}/comm`).trim()),
    ownCgroup: readOrEmpty('/proc/self/cgroup'),
    firstCgroup: readOrEmpty('/proc/1/cgroup'),
  };
}

/** Whether a process is seen to belong to a container as the guard would look for it; undefined when it cannot be told. */
export function seesMember(pid: number, containerId: string): boolean | undefined {
  const membership = readOrEmpty(`/proc/${String(pid)}/cgroup`);
  return membership === '' ? undefined : membership.includes(containerId);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone, or not for us to see
  }
}
