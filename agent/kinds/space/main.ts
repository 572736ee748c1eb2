import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { programVersion } from '../../../common/model/version.js';
import { runSpaceProgram } from './alone/program.js';
import { leave, leaveNow } from './leave.js';

/** Runs `headframe space …` and resolves with its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // Keys, plots, logs and sockets are the owner's alone.
  process.umask(0o077);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // Whoever asks twice does not want to wait for the end.
      if (stop.signal.aborted) leaveNow(1);
      stop.abort(interrupted());
    });
  }
  const code = await runSpaceProgram(argv, {
    ...{ env: process.env, home: homedir(), clock: systemClock, version: programVersion(), signal: stop.signal },
    print: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    ask: process.stdin.isTTY ? ask : undefined,
  });
  // A thread that a dying disk holds, or a look that it does not answer, keeps no process.
  setTimeout(() => void leave(code), EXIT_AFTER_MS).unref();
  return code;
}

const EXIT_AFTER_MS = 500;

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

function interrupted(): HeadframeError {
  const message = 'ended before it was done; the same command goes on with a plot that was begun';
  return new HeadframeError({ code: 'cancelled', reason: 'interrupted', message });
}
