import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { onAbort } from '../on-abort.js';
import { runtimeError } from '../runtime-error.js';
import type { ExecRequest, ExecSession, OutputChunk } from '../runtime.js';
import type { ProcessSpec } from './instance-folder.js';
import { resolveCommand } from './process-spec.js';
import { sendSignal } from '../../host/index.js';

/**
 * Runs a command as the instance would: same environment, same folder. The signal kills it with all it started.
 * @throws HeadframeError `not_supported` for a terminal, `command_not_found`
 */
export async function openProcessExec(
  spec: ProcessSpec,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<ExecSession> {
  if (request.tty) throw runtimeError('not_supported', 'the process runtime has no terminals');
  const [program = '', ...args] = await resolveCommand(request.command, spec);
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd: spec.workdir, env: spec.env, detached: true, stdio: 'pipe' });
  const ended = exitOf(child);
  const kill = (): void => sendSignal(-(child.pid ?? 0), 'SIGKILL');
  await once(child, 'spawn');
  child.once('exit', onAbort(signal, kill));
  if (signal.aborted) kill();
  if (!request.stdin) child.stdin.end();
  return new ProcessExec(child, ended);
}

class ProcessExec implements ExecSession {
  readonly output: AsyncIterable<OutputChunk>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number>;

  constructor(child: ChildProcessWithoutNullStreams, ended: Promise<number>) {
    this.#child = child;
    this.#ended = ended;
    this.output = merge(chunks('stdout', child.stdout), chunks('stderr', child.stderr));
    // A command that ends early takes its input's end with it; its exit code tells.
    child.stdin.on('error', () => undefined);
  }

  write(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.stdin.write(data, (error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
  }

  end(): void {
    this.#child.stdin.end();
  }

  async resize(): Promise<void> {
    throw runtimeError('not_supported', 'the process runtime has no terminals');
  }

  exitCode(): Promise<number> {
    return this.#ended;
  }
}

/** Exit code as a shell tells it; resolves in any case. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(126));
    child.once('exit', (code) => resolve(code ?? 137));
  });
}

async function* chunks(stream: OutputChunk['stream'], source: AsyncIterable<Uint8Array>): AsyncGenerator<OutputChunk> {
  for await (const bytes of source) yield { stream, data: Uint8Array.from(bytes) };
}

/** Both as they come, each read on only once its last piece was taken. */
async function* merge<T>(...sources: AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done === true) {
        waiting.delete(source);
        continue;
      }
      waiting.set(source, next(source));
      yield result.value;
    }
  } finally {
    for (const source of waiting.keys()) void source.return(undefined).catch(() => undefined);
  }
}
