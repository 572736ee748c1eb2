import { appendFileSync } from 'node:fs';
import { inspect } from 'node:util';
import Mocha from 'mocha';

const { EVENT_RUN_END } = Mocha.Runner.constants;
/** From the last test to the end of the process, in milliseconds: what is under way may end. */
const ENDING_MS = 30_000;

/**
 * Mocha's own `spec` report, closed by a plain line with the three counts. What was skipped is counted there, and
 * its reason stands in its title. An interrupt ends the run after the test at hand, with all `after` hooks.
 * What failed is also written to the file named by `HEADFRAME_TEST_FAILURES`, so that a run in several lanes can close with it.
 * A run that is over and does not end has left something open, and fails.
 */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    // Mocha itself would die on the spot, and what the tests started would stay. A second interrupt still does that.
    process.once('SIGINT', () => runner.abort());
    // After the listener by which `spec` prints its own closing lines.
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed, ${pending} skipped`);
      for (const failure of this.failures) note(describe(failure));
      setTimeout(giveUp, ENDING_MS).unref();
    });
  }
}

function giveUp(): void {
  const told = `Over, but kept alive by what a test has left open: ${process.getActiveResourcesInfo().join(', ')}\n`;
  process.stderr.write(told);
  note(told);
  // After mocha's own listener, which sets the code of the tests alone.
  process.once('exit', () => {
    process.exitCode = 1;
  });
  process.exit();
}

function note(text: string): void {
  const file = process.env['HEADFRAME_TEST_FAILURES'];
  if (file !== undefined) appendFileSync(file, text);
}

function describe(test: Mocha.Runnable & { readonly err?: Error | undefined }): string {
  const text = test.err?.stack ?? test.err?.message ?? 'failed without a word';
  return `${test.titlePath().join(' > ')}\n  ${`${text}${differenceOf(test.err)}`.replaceAll('\n', '\n  ')}\n\n`;
}

/** What was there and what should have been, which chai's messages cut short. */
function differenceOf(error: (Error & { readonly actual?: unknown; readonly expected?: unknown }) | undefined): string {
  if (error === undefined || !('actual' in error && 'expected' in error)) return '';
  const [actual, expected] = [error.actual, error.expected].map((value) => inspect(value, { depth: 6 }));
  return `\nactual: ${actual ?? ''}\nexpected: ${expected ?? ''}`;
}

// eslint-disable-next-line no-restricted-syntax -- mocha loads a reporter by its default export
export default CountingReporter;
