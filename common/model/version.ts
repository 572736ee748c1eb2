import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const packageFile = z.object({ name: z.literal('headframe'), version: z.string() });

/** Version of this program: that of the package it lies in, compiled or not. */
export function programVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return packageFile.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
    if (folder === dirname(folder)) return 'unknown';
  }
}
