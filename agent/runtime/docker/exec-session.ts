import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/model/clock.js';
import { onAbort } from '../on-abort.js';
import type { ExecRequest, ExecSession, OutputChunk } from '../runtime.js';
import { demultiplex, plainOutput } from './multiplexed.js';

const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 500;
/** How often a new terminal is tried to be sized. */
const SIZE_TRIES = 10;
/** How long the kill of a command whose caller has gone is tried. */
const KILL_WITHIN_MS = 10_000;

/** How an exec stands: between the opening of its connection and its start it neither runs nor has an exit code. */
export interface ExecState {
  readonly running: boolean;
  readonly exitCode: number | undefined;
  /** 0 until the engine knows it. */
  readonly pid: number;
}

/** What an exec needs of the engine. */
export interface ExecEngine {
  createExec(containerId: string, request: ExecRequest, signal: AbortSignal): Promise<string>;
  startExec(execId: string, request: ExecRequest, signal: AbortSignal): Promise<Duplex>;
  resizeExec(execId: string, columns: number, rows: number, signal: AbortSignal): Promise<void>;
  inspectExec(execId: string, signal: AbortSignal): Promise<ExecState>;
}

/** What an exec needs of the runtime. */
export interface ExecParts {
  readonly engine: ExecEngine;
  readonly clock: Clock;
  readonly containerId: string;
  readonly request: ExecRequest;
  readonly signal: AbortSignal;
  /** Told of each kill that has begun, so that the engine's connections outlive it. Never rejects. */
  readonly onKill: (killing: Promise<void>) => void;
}

/** Starts a command in a container. When the signal ends it, the command is killed too, where the engine is local. */
export async function openExec(parts: ExecParts): Promise<ExecSession> {
  const { engine, containerId, request, signal } = parts;
  const execId = await engine.createExec(containerId, request, signal);
  const letGo = onAbort(signal, () => parts.onKill(kill(parts, execId)));
  const socket = await engine.startExec(execId, request, signal).catch((error: unknown) => {
    letGo();
    throw error;
  });
  socket.once('close', letGo);
  const session = new DockerExec(parts, execId, socket);
  if (request.tty) await session.sizeTerminal();
  if (!request.stdin) session.end();
  return session;
}

/** The engine has no call for it, and a command whose connection has gone would run on for ever. */
async function kill(parts: ExecParts, execId: string): Promise<void> {
  try {
    const pid = await pidOf(parts, execId, AbortSignal.timeout(KILL_WITHIN_MS));
    // The cgroup proves that the pid is this container's on this very machine, and not another's by the same number.
    const cgroup = pid === 0 ? '' : await readFile(`/proc/${String(pid)}/cgroup`, 'latin1');
    if (cgroup.includes(parts.containerId)) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, or the engine is elsewhere or away: nothing is left that could be done from here.
  }
}

/** 0 once the command has ended. One whose connection has only just been opened may be yet to start, or have no pid yet. */
async function pidOf({ engine, clock }: ExecParts, execId: string, signal: AbortSignal): Promise<number> {
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_POLL_MS)) {
    const { running, exitCode, pid } = await engine.inspectExec(execId, signal);
    if (running && pid > 1) return pid;
    if (exitCode !== undefined) return 0;
    await clock.sleep(pauseMs, signal);
  }
}

class DockerExec implements ExecSession {
  readonly output: AsyncIterable<OutputChunk>;
  readonly #parts: ExecParts;
  readonly #execId: string;
  readonly #socket: Duplex;

  constructor(parts: ExecParts, execId: string, socket: Duplex) {
    this.#parts = parts;
    this.#execId = execId;
    this.#socket = socket;
    this.output = parts.request.tty ? plainOutput(socket) : demultiplex(socket);
  }

  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
  }

  end(): void {
    this.#socket.end();
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#parts.engine.resizeExec(this.#execId, columns, rows, this.#parts.signal);
  }

  /** The engine refuses for the first milliseconds, and once the command is over, which its exit code will tell. */
  async sizeTerminal(): Promise<void> {
    const { clock, request, signal } = this.#parts;
    for (let tries = SIZE_TRIES; tries > 0; tries -= 1) {
      try {
        await this.resize(request.columns, request.rows);
        return;
      } catch {
        await clock.sleep(FIRST_POLL_MS, signal);
      }
    }
  }

  async exitCode(): Promise<number> {
    const { engine, clock, signal } = this.#parts;
    // The output ends a moment before the engine has noted the exit.
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_POLL_MS)) {
      const { running, exitCode } = await engine.inspectExec(this.#execId, signal);
      if (!running) return exitCode ?? -1;
      await clock.sleep(pauseMs, signal);
    }
  }
}
