import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { JSONFilePreset } from 'lowdb/node';
import { sampleInstance } from '../../support/store-samples.js';
import { measure, UNDER_WAY } from './transitions.js';
import type { Rate } from './transitions.js';

/** Transitions a second when as many bytes of as many transitions at once are appended and synced, with nothing around it. */
export async function rawAppends(folder: string, bytesEach: number, seconds: number): Promise<Rate> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, 'raw'), 'w');
  const bytes = Buffer.alloc(Math.round(bytesEach * UNDER_WAY), 0x5a);
  let at = 0;
  try {
    return await measure(seconds, async () => {
      await file.write(bytes, 0, bytes.length, at);
      await file.datasync();
      at += bytes.length;
      return UNDER_WAY;
    });
  } finally {
    await file.close();
  }
}

/** Transitions a second when lowdb writes its whole document for each, of so many records; it never syncs. */
export async function lowdbRewrites(folder: string, records: number, seconds: number): Promise<Rate> {
  await mkdir(folder, { recursive: true });
  const instances = Object.fromEntries(
    Array.from({ length: records }, (_, at) => [String(at), { ...sampleInstance({ serial: at }) }]),
  );
  const db = await JSONFilePreset(join(folder, 'lowdb.json'), { instances });
  let at = 0;
  return measure(seconds, async () => {
    db.data.instances[String((at += 1) % records)] = { ...sampleInstance({ serial: at, restarts: at }) };
    await db.write();
    return 1;
  });
}
