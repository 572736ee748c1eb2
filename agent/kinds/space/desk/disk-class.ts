import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DiskClass } from '../../../../common/model/plot-folder.js';

/** Disks that stand on others, such as encrypted ones on a mirror, are no deeper than this. */
const DEEPEST = 8;

/**
 * What the kernel says of the disk of a file system: by what it hangs at, and whether it turns. Of one that stands on several disks the slowest
 * counts. '' where the kernel knows no disk, as of networks and of file systems in memory. `sys` is where sysfs is mounted.
 */
export async function diskClassOf(device: number, sys = '/sys'): Promise<DiskClass | ''> {
  const [major, minor] = numbersOf(device);
  const link = join(sys, 'dev/block', `${String(major)}:${String(minor)}`);
  const folder = await realpath(link).catch(() => undefined);
  return folder === undefined ? '' : await classOf(folder, 0);
}

async function classOf(folder: string, depth: number): Promise<DiskClass | ''> {
  // A part of a disk has no queue of its own.
  const disk = (await isThere(join(folder, 'partition'))) ? dirname(folder) : folder;
  const below = await readdir(join(disk, 'slaves')).catch(() => []);
  if (below.length > 0 && depth < DEEPEST) {
    const folders = await Promise.all(below.map((name) => realpath(join(disk, 'slaves', name)).catch(() => '')));
    return slowest(await Promise.all(folders.filter((one) => one !== '').map((one) => classOf(one, depth + 1))));
  }
  const turns = await readFile(join(disk, 'queue/rotational'), 'utf8').catch(() => '');
  if (turns.trim() === '1') return 'hdd';
  if (turns.trim() !== '0') return '';
  return basename(disk).startsWith('nvme') ? 'nvme' : 'ssd';
}

function slowest(classes: readonly (DiskClass | '')[]): DiskClass | '' {
  return (['hdd', '', 'ssd', 'nvme'] as const).find((name) => classes.includes(name)) ?? '';
}

async function isThere(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}

/** As Linux packs them into one number, of which JavaScript's bit operations see 32 bits alone. */
function numbersOf(device: number): readonly [major: number, minor: number] {
  const [high, low] = [Math.floor(device / 2 ** 32), device % 2 ** 32];
  const major = ((low >>> 8) & 0xfff) + (high & 0xfffff000);
  const minor = (low & 0xff) + ((low >>> 12) & 0xfff00);
  return [major, minor];
}
