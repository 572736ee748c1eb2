import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/model/clock.js';
import type { ExecRequest, ExecSession, OutputChunk } from '../runtime.js';
import type { DockerEngine } from './engine.js';
import { demultiplex, plainOutput } from './multiplexed.js';

/** How long a killed exec may take to be told apart from a running one. */
const FIRST_POLL_MS = 10;
const LONGEST_POLL_MS = 500;

/** What an exec needs of the runtime. */
export interface ExecParts {
  readonly engine: DockerEngine;
  readonly clock: Clock;
  readonly containerId: string;
  readonly request: ExecRequest;
  readonly signal: AbortSignal;
}

/** Starts a command in a container. When the signal ends it, the command is killed too, where the engine is local. */
export async function openExec(parts: ExecParts): Promise<ExecSession> {
  const { engine, containerId, request, signal } = parts;
  const execId = await engine.createExec(containerId, request, signal);
  const socket = await engine.startExec(execId, request, signal);
  const session = new DockerExec(parts, execId, socket);
  signal.addEventListener('abort', session.kill, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', session.kill));
  if (request.tty) await session.resize(request.columns, request.rows).catch(ignoreEarlyEnd);
  if (!request.stdin) session.end();
  return session;
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

  async exitCode(): Promise<number> {
    const { engine, clock, signal } = this.#parts;
    // The output ends a moment before the engine has noted the exit.
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_POLL_MS)) {
      const { running, exitCode } = await engine.inspectExec(this.#execId, signal);
      if (!running) return exitCode;
      await clock.sleep(pauseMs, signal);
    }
  }

  /** The engine has no call for it, and a command whose connection has gone would run on for ever. */
  readonly kill = (): void => {
    void this.#kill();
  };

  async #kill(): Promise<void> {
    const { engine, containerId } = this.#parts;
    try {
      const { running, pid } = await engine.inspectExec(this.#execId, AbortSignal.timeout(5_000));
      // The cgroup proves that the pid is this container's on this very machine, and not another's by the same number.
      if (running && pid > 1 && (await readFile(`/proc/${String(pid)}/cgroup`, 'latin1')).includes(containerId))
        process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or the engine is elsewhere or away: nothing is left that could be done from here.
    }
  }
}

/** A command may be over before its terminal has been sized, which its exit code will tell. */
function ignoreEarlyEnd(): void {}
