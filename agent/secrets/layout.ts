import { join } from 'node:path';
import { folderOf, secretFolders } from '../../common/model/secret.js';
import type { SecretRef } from '../../common/model/secret.js';

/** A folder of the host that a container sees, for reading alone. */
export interface SecretMount {
  readonly source: string;
  readonly target: string;
}

/** The files of one mount. */
export interface MountedSecrets extends SecretMount {
  readonly refs: readonly SecretRef[];
}

/** Folder of an instance's files within the host's. */
export function instanceFolder(hostFolder: string, serial: number): string {
  return join(hostFolder, String(serial));
}

/** Where each of an instance's files lies: one mount for each folder of the container. Pure. */
export function secretMounts(hostFolder: string, serial: number, refs: readonly SecretRef[]): MountedSecrets[] {
  return secretFolders(refs).map((target, index) => ({
    source: join(instanceFolder(hostFolder, serial), String(index)),
    target,
    refs: refs.filter(({ path }) => folderOf(path) === target),
  }));
}

/** Folder of one host's files. */
export function hostFolderOf(root: string, hostId: string): string {
  return join(root, hostId);
}
