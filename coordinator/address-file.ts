import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where tools find the address that a coordinator listens on, in its data folder. */
const ADDRESS_FILE = 'coordinator.addr';

/** Writes it; the answer takes the file away when the coordinator ends. */
export async function writeAddress(folder: string, address: string): Promise<() => Promise<void>> {
  const path = join(folder, ADDRESS_FILE);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${address}\n`);
  return () => rm(path, { force: true });
}
