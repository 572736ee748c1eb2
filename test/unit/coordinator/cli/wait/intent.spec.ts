import { expect } from 'chai';
import { HeadframeError } from '../../../../../common/model/error.js';
import type { Invocation } from '../../../../../coordinator/cli/invocation.js';
import { perseveringly } from '../../../../../coordinator/cli/wait/intent.js';
import { expectReason } from '../../../../support/expect-reason.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const CUT = new HeadframeError({ code: 'unavailable', reason: 'unavailable', message: 'cut' });
const AWAY = new HeadframeError({ code: 'unavailable', reason: 'chain_away', message: 'away' });

/** Asks a coordinator that answers so, one after the other, and then what is asked for. */
async function asked(...answers: readonly HeadframeError[]): Promise<string> {
  const clock = new ManualClock();
  const left = [...answers];
  const call = {
    world: { clock },
    signal: new AbortController().signal,
    connect: () => Promise.resolve({ server: () => 'there' }),
  } as unknown as Invocation; // as far as it is used
  const answer = perseveringly(call, 60_000, () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  });
  // Whoever waits for it hears how it ends.
  answer.catch(() => undefined);
  await clock.advanceAsync(10_000);
  return answer;
}

describe('a command that asks for a call', () => {
  it('asks again where the connection was cut, and then until the coordinator has its chain', async () => {
    expect(await asked()).to.equal('done');
    expect(await asked(CUT, CUT)).to.equal('done');
    expect(await asked(CUT, AWAY, AWAY)).to.equal('done');
  });

  it('is told at once that the chain is away where nothing was cut', async () => {
    await expectReason(asked(AWAY), 'chain_away');
  });
});
