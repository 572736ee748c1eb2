import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The disk that holds a path, such as `/dev/sda`; '' where that is no disk, as with a network's or a pool's file system. */
export function diskOf(path: string): string {
  try {
    const { dev } = statSync(path);
    // https://man7.org/linux/man-pages/man3/major.3.html: as Linux packs both numbers into one.
    const major = Math.floor(dev / 256) % 4096;
    const minor = (dev % 256) + Math.floor(dev / 2 ** 20) * 256;
    return diskNamed(`${String(major)}:${String(minor)}`);
  } catch {
    return ''; // not there, or not to be seen from here
  }
}

function diskNamed(numbers: string): string {
  const entry = `/sys/dev/block/${numbers}`;
  const device = readlinkSync(entry);
  // The kernel limits whole disks alone.
  const name = existsSync(`${entry}/partition`) ? basename(dirname(device)) : basename(device);
  const found = /^DEVNAME=(.+)$/m.exec(readFileSync(`/sys/class/block/${name}/uevent`, 'utf8'))?.[1] ?? '';
  return found !== '' && existsSync(`/dev/${found}`) ? `/dev/${found}` : '';
}
