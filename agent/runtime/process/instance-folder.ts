import { readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseStat } from '../../host/index.js';
import type { ProcessIdentity } from '../../host/index.js';
import { SUPERVISOR_FILES } from './supervisor-script.js';

/** What is to be run; written at create, read at every start. */
const specSchema = z.strictObject({
  serial: z.number().int().positive(),
  workloadId: z.number().int(),
  command: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  workdir: z.string(),
});

/** What an instance runs, as its folder keeps it. */
export type ProcessSpec = z.infer<typeof specSchema>;

/** A run of an instance: who supervises it, since when, and what became of it. Times are unix milliseconds. */
export interface ProcessRun {
  readonly bootId: string;
  readonly supervisor: ProcessIdentity;
  /** Undefined in the first moment of a run. */
  readonly child: ProcessIdentity | undefined;
  readonly startedAtMs: number;
  readonly exit: { readonly code: number; readonly atMs: number } | undefined;
}

const SPEC_FILE = 'instance.json';

/** The folder in which an instance's spec, the traces of its run and its logs are kept, readable by the agent alone. */
export class InstanceFolder {
  readonly path: string;
  readonly serial: number;

  constructor(root: string, serial: number) {
    this.path = join(root, String(serial));
    this.serial = serial;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Undefined when there is no such instance, or when a crash left half of one. */
  readSpec(): ProcessSpec | undefined {
    const text = readText(this.file(SPEC_FILE));
    return text === undefined ? undefined : specSchema.parse(JSON.parse(text));
  }

  async writeSpec(spec: ProcessSpec): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await writeFile(this.file(`${SPEC_FILE}.new`), JSON.stringify(spec), { mode: 0o600 });
    await rename(this.file(`${SPEC_FILE}.new`), this.file(SPEC_FILE));
  }

  /** The latest run; undefined before the first. */
  readRun(): ProcessRun | undefined {
    const [bootId, stat] = readLines(this.file(SUPERVISOR_FILES.run));
    const supervisor = parseStat(stat ?? '');
    if (bootId === undefined || supervisor === undefined) return undefined;
    const [childStat] = readLines(this.file(SUPERVISOR_FILES.child));
    const [code] = readLines(this.file(SUPERVISOR_FILES.exit));
    return {
      bootId,
      supervisor,
      child: parseStat(childStat ?? ''),
      startedAtMs: this.changedAtMs(SUPERVISOR_FILES.run),
      exit: code === undefined ? undefined : { code: Number(code), atMs: this.changedAtMs(SUPERVISOR_FILES.exit) },
    };
  }

  /** When a file was last written, in unix milliseconds; 0 when it is not there. */
  changedAtMs(name: string): number {
    return Math.floor(statSync(this.file(name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  }

  /** Forgets the last run; its logs stay. */
  async clearRun(): Promise<void> {
    // The run goes first: without it a crash in between leaves an instance that has not been started.
    for (const name of [SUPERVISOR_FILES.run, SUPERVISOR_FILES.child, SUPERVISOR_FILES.exit])
      await rm(this.file(name), { force: true });
  }

  async remove(): Promise<void> {
    // Without its spec it is no instance any more, whatever is left after a crash.
    await rm(this.file(SPEC_FILE), { force: true });
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Every instance folder below the root. */
export async function listFolders(root: string): Promise<InstanceFolder[]> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const names = await readdir(root);
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map((name) => new InstanceFolder(root, Number(name)));
}

/** Lines that are whole; a line without its newline is still being written. */
function readLines(path: string): string[] {
  return (readText(path) ?? '').split('\n').slice(0, -1);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
