import { expect } from 'chai';
import { LapseLoop, recordVerdict } from '../../../../../coordinator/verify/scores/index.js';
import { VALID_MS } from '../../../../../coordinator/verify/scores/standing.js';
import { openFleetFixture } from '../../../../support/fleet-fixture.js';
import { sampleHost } from '../../../../support/fleet-samples.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';

describe('The loop that lets proofs lapse', () => {
  it('takes from a host within a minute what it has proven too long ago, and nothing before', async () => {
    const { fleet, clock } = await openFleetFixture();
    fleet.transact((tx) => {
      tx.putHost(sampleHost());
      recordVerdict(tx, sampleVerdict('a', { atMs: clock.nowMs() }));
    });
    const stop = new AbortController();
    const running = new LapseLoop({ fleet, clock }).start(stop.signal);
    await clock.advanceAsync(VALID_MS - 60_000);
    const { revision } = fleet;
    expect(fleet.host('host-1')?.verification?.verified.cpu).to.not.equal(undefined);
    await clock.advanceAsync(61_000);
    expect(fleet.host('host-1')?.verification?.verified).to.deep.equal({});
    expect(fleet.revision).to.equal(revision + 1);
    stop.abort();
    await running;
  });
});
