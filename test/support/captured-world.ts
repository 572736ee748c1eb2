import { Readable, Writable } from 'node:stream';
import { systemClock } from '../../common/model/clock.js';
import type { Clock } from '../../common/model/clock.js';
import type { Programs, World } from '../../coordinator/cli/world.js';
import * as offlineAudit from '../../coordinator/security/audit/offline.js';
import * as storeMoving from '../../coordinator/moving/index.js';
import * as storeMaintenance from '../../coordinator/store/maintenance.js';

/** What a test says of the machine that a command runs on. */
export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Text on stdin. */
  readonly stdin?: string;
  /** Whether all three streams are terminals. */
  readonly terminal?: boolean;
  readonly clock?: Clock;
  readonly interrupt?: AbortSignal;
  readonly home?: string;
  readonly programs?: Partial<Programs>;
}

/** A stream that keeps what is written to it. */
export class CapturedStream extends Writable {
  readonly isTTY: boolean;
  readonly columns = 120;
  readonly rows = 40;
  #text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  get text(): string {
    return this.#text;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#text += chunk.toString();
    done();
  }
}

/** A world whose output can be read. */
export interface CapturedWorld extends World {
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}

/** Makes a world without terminals, input, environment or programs, except for what is said. */
export function captureWorld(options: WorldOptions = {}): CapturedWorld {
  const terminal = options.terminal ?? false;
  const stdin = Object.assign(Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]), {
    isTTY: terminal,
    setRawMode: () => undefined,
  });
  return {
    stdin,
    stdout: new CapturedStream(terminal),
    stderr: new CapturedStream(terminal),
    env: options.env ?? {},
    home: options.home ?? '/nonexistent',
    clock: options.clock ?? systemClock,
    interrupt: options.interrupt ?? new AbortController().signal,
    programs: {
      coordinator: () => Promise.reject(new Error('the test has no coordinator program')),
      agent: () => Promise.reject(new Error('the test has no agent program')),
      space: () => Promise.reject(new Error('the test has no space program')),
      storeMaintenance: () => Promise.resolve(storeMaintenance),
      storeMoving: () => Promise.resolve(storeMoving),
      offlineAudit: () => Promise.resolve(offlineAudit),
      ...options.programs,
    },
  };
}
