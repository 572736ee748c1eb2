#!/usr/bin/env node
import { EXIT_CODES } from './exit-codes.js';
import { packagedPrograms } from './programs.js';

const argv = process.argv.slice(2);
// Programs that serve reload at it; it is not to end one that is still being loaded.
if (argv[1] === 'start') process.on('SIGHUP', () => undefined);
// The agent is the light program: nothing of the client is loaded for it, and signals are its own matter.
process.exitCode = await run(argv);
// A connection whose other side has fallen silent would keep a coordinator that has ended for minutes.
if (argv[0] === 'coordinator') setTimeout(() => process.exit(), 500).unref();

/** Programs of their own are run by their name alone. */
function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === 'agent') return packagedPrograms.agent(rest);
  return name === 'space' ? packagedPrograms.space(rest) : runClient();
}

async function runClient(): Promise<number> {
  const [{ runCli }, { interruptedError }, { systemClock }, { homedir }] = await Promise.all([
    import('./program.js'),
    import('./follow.js'),
    import('../../common/model/clock.js'),
    import('node:os'),
  ]);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Whoever asks twice does not want to wait for the end.
      if (interrupt.signal.aborted) process.exit(EXIT_CODES.interrupted.code);
      interrupt.abort(interruptedError());
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read the output has seen enough, as `head` does.
      process.exit(error.code === 'EPIPE' ? EXIT_CODES.ok.code : EXIT_CODES.failed.code);
    });
  }
  const { stdin, stdout, stderr, env } = process;
  return runCli(argv, {
    stdin,
    stdout,
    stderr,
    env,
    home: homedir(),
    clock: systemClock,
    interrupt: interrupt.signal,
    programs: packagedPrograms,
  });
}
