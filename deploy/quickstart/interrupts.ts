/** Signals that end the quickstart: the first one asks for an orderly end, the second one for a quick one. */
export interface Interrupts {
  readonly end: AbortSignal;
  readonly force: AbortSignal;
}

/** Reason of an end that the user asked for. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted (${signal})`);
    this.signal = signal;
  }
}

/** Listens for Ctrl-C and its kin from now on; while it listens they no longer kill the process. */
export function listenForInterrupts(): Interrupts {
  const end = new AbortController();
  const force = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      (end.signal.aborted ? force : end).abort(new Interrupted(signal));
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever read the output has gone, as `head` does; without a listener the process would die on the spot.
    stream.on('error', () => end.abort(new Interrupted('SIGPIPE')));
  }
  return { end: end.signal, force: force.signal };
}
