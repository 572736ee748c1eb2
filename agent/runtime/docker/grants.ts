import { realpath, stat } from 'node:fs/promises';
import { isWithin } from '../../../common/model/privileges.js';
import type { ContainerSpec } from '../../../common/model/miner.js';
import { runtimeError } from '../runtime-error.js';

/** What the operator of this host lets containers have beyond the defaults, whatever the coordinator asks for. */
export interface HostGrants {
  /** Capabilities that may be added to the default set. */
  readonly capabilities: readonly string[];
  /** Character devices, or folders of them. */
  readonly devices: readonly string[];
  readonly hostNetwork: boolean;
}

/**
 * Checks capabilities and network of a container. Pure.
 * @throws HeadframeError `privilege_not_allowed`
 */
export function checkPrivileges({ capabilities = [], network }: ContainerSpec, grants: HostGrants): void {
  const beyond = capabilities.filter((name) => !grants.capabilities.includes(name));
  if (beyond.length > 0) throw notAllowed(`the capabilities ${beyond.join(', ')} are`, 'allowedCapabilities');
  if (network === 'host' && !grants.hostNetwork) throw notAllowed('the network of the host is', 'allowHostNetwork');
}

/**
 * Resolves the devices that a container asks for, links included: path in the container → path on the host.
 * @throws HeadframeError `privilege_not_allowed`, also for what is no character device
 */
export async function resolveDevices(
  devices: readonly string[],
  grants: HostGrants,
): Promise<ReadonlyMap<string, string>> {
  const resolved = new Map<string, string>();
  for (const path of devices) resolved.set(path, await resolveDevice(path, grants.devices));
  return resolved;
}

async function resolveDevice(path: string, allowed: readonly string[]): Promise<string> {
  const refusal = notAllowed(`the device ${path} is`, 'allowedDevices');
  // What is not on the list is refused before it is looked at, so that nobody can feel for files.
  if (!allowed.some((root) => isWithin(path, root))) throw refusal;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw runtimeError('privilege_not_allowed', `the host has no device ${path}`);
  const roots = await Promise.all(allowed.map((root) => realpath(root).catch(() => root)));
  if (!roots.some((root) => isWithin(real, root))) throw refusal;
  // A block device is a whole file system, and with it the host's.
  if (!(await stat(real)).isCharacterDevice())
    throw runtimeError('privilege_not_allowed', `${path} is no character device`);
  return real;
}

function notAllowed(what: string, setting: string): Error {
  const remedy = `Add it to ${setting} in the agent configuration, or leave it out.`;
  return runtimeError('privilege_not_allowed', `${what} not allowed by this agent`, { remedy });
}
