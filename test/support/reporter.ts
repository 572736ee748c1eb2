import Mocha from 'mocha';

const { EVENT_RUN_END } = Mocha.Runner.constants;

/**
 * Mocha's own `spec` report, closed by a plain line with the three counts. What was skipped is counted there, and
 * its reason stands in its title. An interrupt ends the run after the test at hand, with all `after` hooks.
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
    });
  }
}

// eslint-disable-next-line no-restricted-syntax -- mocha loads a reporter by its default export
export default CountingReporter;
