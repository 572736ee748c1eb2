import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** Fewer characters of a base64 text than this could be there by chance. */
const LEAST_BASE64 = 16;

/** Forms in which a value could lie somewhere: as it is, in hex, in base64 at each offset, escaped in JSON or in a URL. */
function formsOf(value: string | Uint8Array): Buffer[] {
  const bytes = Buffer.from(value);
  const texts = typeof value === 'string' ? [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)] : [];
  for (const hex of [bytes.toString('hex')]) texts.push(hex, hex.toUpperCase());
  for (const offset of [0, 1, 2]) {
    // Without the first and last characters, which depend on what stands before and after.
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = text.slice(offset === 0 ? 0 : 4, -4);
    if (inner.length >= LEAST_BASE64) texts.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  const raw = typeof value === 'string' ? Buffer.from(value, 'utf16le') : bytes;
  return [...new Set(texts)].map((text) => Buffer.from(text)).concat(raw);
}

/** Which of the values lie in these bytes in any form, also in what is compressed in them. */
export function foundIn<V extends string | Uint8Array>(bytes: Buffer, values: readonly V[]): V[] {
  const layers = [bytes, ...unpacked(bytes)];
  return values.filter((value) => {
    const forms = formsOf(value);
    return layers.some((layer) => forms.some((form) => layer.includes(form)));
  });
}

/** All files below a folder. */
export async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // One that goes meanwhile is gone.
  const read = files.map(async (path) => [path, await readFile(path).catch(() => Buffer.alloc(0))] as const);
  return new Map(await Promise.all(read));
}

function unpacked(bytes: Buffer): Buffer[] {
  return [gunzipSync, inflateSync, brotliDecompressSync].flatMap((unpack) => {
    try {
      return [unpack(bytes)];
    } catch {
      return []; // not packed so
    }
  });
}
