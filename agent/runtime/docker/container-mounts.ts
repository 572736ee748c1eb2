import type { MountSettings } from 'dockerode';
import type { MountSpec } from '../../../common/model/miner.js';
import type { Assignment, Workload } from '../../../common/model/workload.js';
import { secretMounts } from '../../secrets/index.js';
import { runtimeError } from '../runtime-error.js';
import { LABELS } from './labels.js';

/** A memory file system is shared scratch, as /tmp is. */
const TMPFS_MODE = 0o1777;

/**
 * Mounts of a workload. Always as `Mounts`: in `Binds` the engine makes a missing source instead of refusing it.
 * @throws HeadframeError `mount_not_allowed` for a host path that is not in `hostPaths`
 */
export function mountsOf(workload: Workload, hostPaths: ReadonlyMap<string, string>): MountSettings[] {
  return workload.container.mounts.map((mount) => mountOf(mount, workload, hostPaths));
}

/**
 * Mounts of an instance's secrets, each the folder and not the file, so that new values are seen in it.
 * @throws HeadframeError `not_supported` where the engine does not see the agent's folders
 */
export function secretMountsOf(
  { serial, workload }: Pick<Assignment, 'serial' | 'workload'>,
  folder: string | undefined,
): MountSettings[] {
  const { secrets = [] } = workload.container;
  if (secrets.length === 0) return [];
  if (folder === undefined)
    throw runtimeError('not_supported', 'the container engine is on another machine, which secrets are not sent to');
  return secretMounts(folder, serial, secrets).map(({ source, target }) => ({
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: true,
  }));
}

/**
 * Name of a miner's volume on the engine. It belongs to the miner: its instances on a host share it, another miner
 * that asks for the same name has its own. `_` stands in no miner's name, so two pairs never meet. Volumes outlive
 * instances and are never removed by the agent: they hold plots, keys and chains.
 */
export function volumeName(miner: string, volume: string): string {
  return `headframe_${miner}_${volume}`;
}

function mountOf(mount: MountSpec, workload: Workload, hostPaths: ReadonlyMap<string, string>): MountSettings {
  switch (mount.kind) {
    case 'volume':
      return volumeMount(mount, workload.miner);
    case 'tmpfs':
      return {
        Type: 'tmpfs',
        // The engine knows no source here, but the type asks for one.
        Source: '',
        Target: mount.target,
        ReadOnly: mount.readOnly,
        TmpfsOptions: { SizeBytes: mount.sizeBytes || workload.resources.memoryBytes, Mode: TMPFS_MODE },
      };
    case 'hostPath':
      return {
        Type: 'bind',
        Source: allowed(mount.hostPath, hostPaths),
        Target: mount.target,
        ReadOnly: mount.readOnly,
      };
  }
}

function volumeMount(mount: MountSpec & { kind: 'volume' }, miner: string): MountSettings {
  return {
    Type: 'volume',
    Source: volumeName(miner, mount.volume),
    Target: mount.target,
    ReadOnly: mount.readOnly,
    VolumeOptions: {
      NoCopy: false,
      Labels: { [LABELS.miner]: miner, 'headframe.volume': mount.volume },
      DriverConfig: { Name: 'local', Options: {} },
    },
  };
}

function allowed(path: string, hostPaths: ReadonlyMap<string, string>): string {
  const resolved = hostPaths.get(path);
  if (resolved === undefined) throw runtimeError('mount_not_allowed', `${path} is not allowed by this agent`);
  return resolved;
}
