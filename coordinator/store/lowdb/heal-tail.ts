import { join } from 'node:path';
import type { Disk } from '../../../common/disk/index.js';
import type { ReadSegment } from './replay.js';

/**
 * Makes the journal's end as read durable: sets its size, which cuts off what is torn, and writes the last batch once
 * more, even where both seem to be so already: a failed sync may have left them in memory alone, where a read finds them
 * and another sync would not save them. Returns the bytes cut.
 */
export async function healTail(disk: Disk, folder: string, { name, scan, bytes }: ReadSegment): Promise<number> {
  const file = await disk.edit(join(folder, name));
  try {
    await file.truncate(scan.end);
    if (scan.provenEnd < scan.end) await file.write(bytes.subarray(scan.provenEnd, scan.end), scan.provenEnd);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes.length - scan.end;
}
