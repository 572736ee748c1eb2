import { posix } from 'node:path';

/** The controllers this agent reads, by their v1 names; on v2 `cpuacct` is part of `cpu` and `blkio` is called `io`. */
export type Controller = 'cpuacct' | 'cpu' | 'memory' | 'pids' | 'blkio';

/** Every controller this agent reads. */
export const CONTROLLERS: readonly Controller[] = ['cpuacct', 'cpu', 'memory', 'pids', 'blkio'];

/** Where a process sits: one path per v1 controller, and the path in the unified (v2) tree. */
export interface CgroupMembership {
  readonly v1: ReadonlyMap<string, string>;
  readonly unified: string | undefined;
}

/** A mounted cgroup tree; `root` is the cgroup that shows at `mountPoint`. */
export interface CgroupMount {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly root: string;
  readonly mountPoint: string;
}

/** The folder with a controller's files for one process, and the mount it lies in. */
export interface CgroupLocation {
  readonly version: 1 | 2;
  readonly dir: string;
  readonly mountPoint: string;
}

/** Reads the text of `/proc/<pid>/cgroup`: lines `id:controllers:path`, the unified tree as `0::path`. */
export function parseMembership(text: string): CgroupMembership {
  const v1 = new Map<string, string>();
  let unified: string | undefined;
  for (const line of text.split('\n')) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    const [, hierarchy, controllers, path] = match ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (hierarchy === '0' && controllers === '') unified = path;
    else for (const controller of controllers.split(',')) v1.set(controller, path);
  }
  return { v1, unified };
}

/** Reads the cgroup mounts out of the text of `/proc/<pid>/mountinfo`. */
export function parseCgroupMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap((line) => parseMountLine(line) ?? []);
}

/**
 * Finds a controller's folder for a process: the v1 tree when the controller is mounted there, the unified tree otherwise.
 * Undefined when no mount shows it, as inside a container with a cgroup namespace of its own.
 */
export function locate(
  membership: CgroupMembership,
  mounts: readonly CgroupMount[],
  controller: Controller,
): CgroupLocation | undefined {
  const v1Path = membership.v1.get(controller);
  if (v1Path !== undefined) {
    const v1Mounts = mounts.filter((mount) => mount.version === 1 && mount.controllers.includes(controller));
    return firstLocation(v1Mounts, v1Path);
  }
  const v2Mounts = mounts.filter((mount) => mount.version === 2);
  return membership.unified === undefined ? undefined : firstLocation(v2Mounts, membership.unified);
}

/** How the trees are mounted, as far as the controllers read here are concerned. */
export type CgroupLayout = 'v1' | 'v2' | 'hybrid' | 'none';

/** Tells the layout from the mounts. */
export function layoutOf(mounts: readonly CgroupMount[]): CgroupLayout {
  const hasV1 = CONTROLLERS.some((controller) => mounts.some((mount) => mount.controllers.includes(controller)));
  const hasV2 = mounts.some((mount) => mount.version === 2);
  if (hasV1) return hasV2 ? 'hybrid' : 'v1';
  return hasV2 ? 'v2' : 'none';
}

/** The location and its ancestors up to the mount point, innermost first: a limit on any of them binds. */
export function withAncestors(location: CgroupLocation): string[] {
  const dirs = [location.dir];
  for (let dir = location.dir; dir !== location.mountPoint && dir.length > 1;) {
    dir = posix.dirname(dir);
    dirs.push(dir);
  }
  return dirs;
}

// Fields: https://docs.kernel.org/filesystems/proc.html section 3.5; optional fields end with a lone dash.
const MOUNT_LINE = /^\d+ \d+ \S+ (\S+) (\S+) .*?- (cgroup2?) \S+ (\S+)$/;

function parseMountLine(line: string): CgroupMount | undefined {
  const [, root, mountPoint, fsType, superOptions] = MOUNT_LINE.exec(line) ?? [];
  if (root === undefined || mountPoint === undefined || superOptions === undefined) return undefined;
  const version = fsType === 'cgroup2' ? 2 : 1;
  const controllers = version === 1 ? superOptions.split(',') : [];
  return { version, controllers, root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint) };
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function firstLocation(mounts: readonly CgroupMount[], path: string): CgroupLocation | undefined {
  for (const { version, root, mountPoint } of mounts) {
    const below = pathBelow(root, path);
    if (below !== undefined) return { version, dir: posix.join(mountPoint, below), mountPoint };
  }
  return undefined;
}

function pathBelow(root: string, path: string): string | undefined {
  // A path with "/.." lies outside the reader's cgroup namespace; joining it would point at somebody else's folder.
  if (path.split('/').includes('..')) return undefined;
  if (root === '/') return path;
  if (path === root) return '/';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}
