import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';

/** Its parser takes a time that grows faster than the file. */
const MOST_BYTES = 64 * 1024;

/** The text of a file in an archive; undefined where there is none, or one that is too long for a Dockerfile. */
export async function textInArchive(archive: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  const reading = extract();
  let found: string | undefined;
  const read = pipeline(createReadStream(archive), reading, { signal });
  const looked = async (): Promise<void> => {
    for await (const entry of reading) {
      const { name, type, size } = entry.header;
      if (name === path && type === 'file' && size < MOST_BYTES) found = await text(entry);
      else entry.resume();
    }
  };
  await Promise.all([read, looked()]);
  return found;
}
