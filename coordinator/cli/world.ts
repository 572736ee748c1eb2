import type { Readable, Writable } from 'node:stream';
import type { CoordinatorConfig } from '../../common/config/index.js';
import type { Clock } from '../../common/model/clock.js';
import type * as StoreMoving from '../moving/index.js';
import type * as OfflineAudit from '../security/audit/offline.js';
import type * as StoreMaintenance from '../store/maintenance.js';

/** Where text comes from: a terminal, a pipe or a file. */
export type InputStream = Readable & {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
};

/** Where text goes: a terminal, a pipe or a file. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** What is loaded only when it is wanted: the programs that the one binary can also be, and what reads files of the coordinator. */
export interface Programs {
  /** `load` reads the configuration anew. Resolves with the exit code. */
  coordinator(config: CoordinatorConfig, load: () => CoordinatorConfig, signal: AbortSignal): Promise<number>;
  /** Resolves with the exit code. */
  agent(argv: readonly string[]): Promise<number>;
  /** Resolves with the exit code. */
  space(argv: readonly string[]): Promise<number>;
  storeMaintenance(): Promise<typeof StoreMaintenance>;
  storeMoving(): Promise<typeof StoreMoving>;
  offlineAudit(): Promise<typeof OfflineAudit>;
}

/** All that a command sees of the machine it runs on. */
export interface World {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home folder of the user. */
  readonly home: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly interrupt: AbortSignal;
  readonly programs: Programs;
}

/** Whether somebody sits there who can be asked. */
export function isInteractive({ stdin, stderr }: World): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Whether the stream takes colours: a terminal, unless NO_COLOR is set (https://no-color.org) or it is a dumb one. */
export function takesColours(stream: OutputStream, env: World['env']): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** Writes and waits until there is room for more, so that a slow reader slows us and no memory fills. */
export async function write(stream: OutputStream, chunk: string | Uint8Array): Promise<void> {
  if (stream.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}
