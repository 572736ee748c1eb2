import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunCommand } from '../../host/command.js';
import { leaseMountsOf } from '../../kinds/lease/index.js';
import type { LeaseRemains } from '../../kinds/lease/index.js';
import { runtimeError } from '../runtime-error.js';

const COMMAND_MS = 60_000;
/** Below this a file system has no room for its own journal. */
const LEAST_BYTES = 64 * 2 ** 20;
const OWN_NAMESPACE = '/proc/self/ns/mnt';
const HOST_NAMESPACE = '/proc/1/ns/mnt';

/** What the disks of leases are made with. */
export interface LeaseDisksParts {
  /** Folder with one folder for each lease. */
  readonly folder: string;
  readonly run: RunCommand;
}

/**
 * Bounds what a container writes by a file system of its own, in a file, mounted over the folder that the engine's overlay2
 * driver keeps that container's layer in: whatever is written anywhere in the container is written there, and ends with "no space
 * left" at the lease's own size.
 */
export class LeaseDisks {
  readonly #parts: LeaseDisksParts;

  constructor(parts: LeaseDisksParts) {
    this.#parts = parts;
  }

  /** Makes the file system, with what the engine has put in the folder already. One that is there is kept. */
  async make(serial: number, layer: string, bytes: number): Promise<void> {
    const image = this.#image(serial);
    if (existsSync(image)) return;
    await mkdir(join(this.#parts.folder, String(serial)), { recursive: true, mode: 0o700 });
    const fresh = `${image}.new`;
    const file = await open(fresh, 'w', 0o600);
    // No more than its size is promised: what is not written takes no room.
    await file.truncate(Math.max(bytes, LEAST_BYTES)).finally(() => file.close());
    const lazy = 'lazy_itable_init=1,lazy_journal_init=1';
    await this.#do('mkfs.ext4', ['-q', '-F', '-m', '0', '-b', '4096', '-E', lazy, '-d', layer, fresh]);
    await rename(fresh, image);
  }

  /** Mounts it where it is not mounted, as after the machine has booted. */
  async mount(serial: number, layer: string): Promise<void> {
    const image = this.#image(serial);
    if (this.mounts().some((mount) => mount.image === image && mount.path === layer)) return;
    await this.#do('mount', ['-t', 'ext4', '-o', 'loop,discard,noinit_itable,nodev,nosuid', image, layer]);
  }

  /** Takes down what is mounted of a lease. */
  async unmount(serial: number): Promise<void> {
    for (const mount of this.mounts()) if (mount.serial === serial) await this.#do('umount', [mount.path]);
  }

  /** Takes down and removes the file system of a lease. */
  async discard(serial: number): Promise<void> {
    await this.unmount(serial);
    await rm(this.#image(serial), { force: true });
  }

  /** Removes all that is kept of a lease. */
  async remove(serial: number): Promise<void> {
    await rm(join(this.#parts.folder, String(serial)), { recursive: true, force: true });
  }

  /** Those that are mounted now, as the machine sees them. */
  mounts(): LeaseRemains['mounts'] {
    const text = readFileSync(inHostNamespace() ? '/proc/self/mounts' : '/proc/1/mounts', 'utf8');
    const pairs = text.split('\n').flatMap((line) => {
      const [device = '', target = ''] = line.split(' ');
      const loop = /^\/dev\/(loop\d+)$/.exec(device)?.[1];
      return loop === undefined ? [] : [{ source: backingFile(loop), target }];
    });
    return leaseMountsOf(pairs, this.#parts.folder);
  }

  #image(serial: number): string {
    return join(this.#parts.folder, String(serial), 'disk.img');
  }

  /** In the machine's own view of its file systems: what a service mounts in its own, the engine would not see. */
  async #do(program: string, args: readonly string[]): Promise<void> {
    const outside = inHostNamespace() ? [] : ['nsenter', '--target', '1', '--mount', '--'];
    const [file = program, ...rest] = [...outside, program, ...args];
    const outcome = await this.#parts.run(file, rest, COMMAND_MS);
    if (outcome.kind === 'output') return;
    const why = outcome.kind === 'missing' ? `${file} is not installed` : outcome.detail;
    throw runtimeError('lease_disk_failed', `${program}: ${why}`);
  }
}

/** Whether mounts of this process are those of the machine, as they are where no service manager has walled it in. */
function inHostNamespace(): boolean {
  try {
    return readlinkSync(OWN_NAMESPACE) === readlinkSync(HOST_NAMESPACE);
  } catch {
    return true; // who may not look at the first process could not go to its namespace either: what is here has to do
  }
}

function backingFile(loop: string): string {
  try {
    return readFileSync(`/sys/block/${loop}/loop/backing_file`, 'utf8').trim();
  } catch {
    return ''; // given back this moment
  }
}
