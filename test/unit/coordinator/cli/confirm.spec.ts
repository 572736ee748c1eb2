import { expect } from 'chai';
import { HeadframeError } from '../../../../common/model/error.js';
import { confirm } from '../../../../coordinator/cli/confirm.js';
import { captureWorld } from '../../../support/captured-world.js';

const outcome = async (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => 'confirmed',
    (error: unknown) => (error instanceof HeadframeError ? error.reason : String(error)),
  );

describe('A confirmation', () => {
  for (const [answer, expected] of [
    ['y\n', 'confirmed'],
    ['YES\n', 'confirmed'],
    ['yes', 'confirmed'],
    ['\n', 'declined'],
    ['no\n', 'declined'],
    ['', 'declined'],
  ] as const) {
    it(`is ${expected} by ${JSON.stringify(answer)} at a terminal`, async () => {
      const world = captureWorld({ terminal: true, stdin: answer });
      expect(await outcome(confirm(world, 'Delete web', undefined))).to.equal(expected);
      expect(world.stderr.text).to.contain('Delete web');
      expect(world.stdout.text).to.equal('');
    });
  }

  it('is refused where nobody can be asked', async () => {
    expect(await outcome(confirm(captureWorld({ stdin: 'y\n' }), 'Delete web', undefined))).to.equal(
      'confirmation_needed',
    );
  });

  it('is not asked for after --yes', async () => {
    const world = captureWorld();
    expect(await outcome(confirm(world, 'Delete web', true))).to.equal('confirmed');
    expect(world.stderr.text).to.equal('');
  });

  it('is declined by an interrupt', async () => {
    const interrupt = new AbortController();
    const world = captureWorld({ terminal: true, stdin: '', interrupt: interrupt.signal });
    const asked = outcome(confirm(world, 'Delete web', undefined));
    interrupt.abort();
    expect(await asked).to.equal('declined');
  });
});
