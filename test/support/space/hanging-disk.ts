import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../describe-with.js';
import type { SuiteBody } from '../describe-with.js';
import { makeTempDir } from '../temp-dir.js';
import { waitFor } from '../wait-for.js';

const run = promisify(execFile);
const NEEDED = ['/dev/fuse', '/dev/loop-control', '/usr/bin/bindfs', '/usr/bin/setpriv', '/usr/sbin/mkfs.ext4'];
const DISK_BYTES = 64 * 2 ** 20;

/** A `describe` that needs a disk that can be made to hang. */
export const describeWithHangingDisk: (title: string, body: SuiteBody) => void = describeWith(
  process.getuid?.() === 0 && NEEDED.every((path) => existsSync(path))
    ? undefined
    : 'root, loop devices, FUSE, bindfs and e2fsprogs',
);

/** A block device of which nothing is written any more, and which answers no read while it hangs. */
export interface HangingDisk extends AsyncDisposable {
  /** Of its file system. */
  readonly path: string;
  /** From now on who reads from it waits in the kernel, where no signal reaches. */
  hang(): void;
  /** All reads that wait are answered. */
  heal(): void;
}

/**
 * A disk with what `fill` puts there: a loop device over a file that a process serves, which is stopped to have it hang. Needs root. Nothing
 * else of the machine waits for it, since it is mounted to be read alone.
 */
export async function hangingDisk(fill: (path: string) => Promise<void>): Promise<HangingDisk> {
  const temp = await makeTempDir();
  const [served, front, path] = ['served', 'front', 'disk'].map((name) => join(temp.path, name));
  if (served === undefined || front === undefined || path === undefined) throw new Error('three names');
  for (const folder of [served, front, path]) await mkdir(folder);
  const image = join(temp.path, 'image');
  await writeFile(image, '');
  await truncate(image, DISK_BYTES);
  await run('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
  await run('mount', ['-o', 'loop', image, path]);
  await fill(path).finally(() => run('umount', [path]));
  await rename(image, join(served, 'image'));
  // Whatever becomes of the test, a server that is gone has the kernel answer with errors.
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'bindfs', '-f', '-o', 'direct_io', served, front], {
    stdio: 'ignore',
  });
  const ended = once(server, 'close');
  await waitFor('the server of the disk', () => run('mountpoint', ['-q', front]).then(Boolean, () => false));
  await run('mount', ['-o', 'loop,ro', join(front, 'image'), path]);
  return {
    path,
    hang: () => void server.kill('SIGSTOP'),
    heal: () => void server.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGCONT');
      await run('umount', ['-l', path]);
      await run('umount', ['-l', front]);
      server.kill('SIGKILL');
      await ended;
      await temp[Symbol.asyncDispose]();
    },
  };
}
