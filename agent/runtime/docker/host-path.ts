import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { MountSpec } from '../../../common/model/miner.js';
import { isWithin } from '../../../common/model/privileges.js';
import { runtimeError } from '../runtime-error.js';

/** Which paths of the host may be mounted. */
export interface HostPathPolicy {
  /** Paths whose insides may be mounted. Empty allows none. */
  readonly allowed: readonly string[];
  /** Paths whose insides may be mounted for reading alone. */
  readonly readOnly?: readonly string[] | undefined;
  /** Paths that never may, nor may a folder above them: the engine's socket would be the whole host. */
  readonly forbidden: readonly string[];
}

/**
 * Resolves the host paths of the mounts, `..` and symbolic links included, and checks them against the policy.
 * @throws HeadframeError `mount_not_allowed`, or `mount_failed` when a source is not there
 */
export async function resolveHostPaths(
  mounts: readonly MountSpec[],
  policy: HostPathPolicy,
): Promise<ReadonlyMap<string, string>> {
  const resolved = new Map<string, string>();
  for (const mount of mounts) {
    if (mount.kind !== 'hostPath') continue;
    const roots = mount.readOnly ? [...policy.allowed, ...(policy.readOnly ?? [])] : policy.allowed;
    resolved.set(mount.hostPath, await resolveOne(mount.hostPath, roots, policy.forbidden));
  }
  return resolved;
}

async function resolveOne(path: string, roots: readonly string[], never: readonly string[]): Promise<string> {
  // What is not on the list is refused before it is looked at, so that nobody can feel for files.
  if (!isAbsolute(path) || roots.length === 0) throw notAllowed(path);
  const real = await realpath(path).catch(() => undefined);
  const allowed = await resolveAll(roots);
  const forbidden = await resolveAll(never);
  if (real === undefined) throw roots.some((root) => isWithin(resolve(path), root)) ? missing(path) : notAllowed(path);
  if (!allowed.some((root) => isWithin(real, root))) throw notAllowed(path);
  if (forbidden.some((secret) => isWithin(secret, real) || isWithin(real, secret))) throw notAllowed(path);
  // Any socket hands its listener's rights over, and no miner needs one of the host's.
  if ((await stat(real)).isSocket()) throw notAllowed(path);
  return real;
}

async function resolveAll(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => realpath(path).catch(() => path)));
}

function notAllowed(path: string): Error {
  return runtimeError('mount_not_allowed', `${path} is not allowed by this agent`);
}

function missing(path: string): Error {
  return runtimeError('mount_failed', `${path} does not exist on the host`);
}
