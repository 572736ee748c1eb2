import { expect } from 'chai';
import { commitBatches } from '../../../../coordinator/api/commit-batches.js';
import type { StoreCommit } from '../../../../coordinator/store/store.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../support/fleet-fixture.js';

describe('commitBatches', () => {
  const stop = new AbortController();
  let at: FleetFixture;
  let batches: AsyncGenerator<readonly StoreCommit[], void, undefined>;

  const open = async (watchDepth?: number): Promise<void> => {
    at = await openFleetFixture(undefined, watchDepth === undefined ? {} : { watchDepth });
    batches = commitBatches(at, 0, stop.signal);
  };
  const commit = (times: number): void => {
    for (let index = 0; index < times; index += 1)
      at.fleet.transact((tx) => {
        tx.putSetting('count', { index });
      });
  };
  const next = async (): Promise<number[]> => {
    const batch = batches.next();
    await at.clock.advanceAsync(20);
    const { value } = await batch;
    return (value ?? []).map(({ revision }) => revision);
  };

  it('gives what comes after a quiet time at once', async () => {
    await open();
    commit(1);
    const { value } = await batches.next();
    expect(value).to.have.length(1);
    await at.clock.advanceAsync(20);
    commit(1);
    expect((await batches.next()).value).to.have.length(1);
  });

  it('gathers what comes fast, and gives it no more often than every 20 ms', async () => {
    await open();
    commit(1);
    await batches.next();
    commit(3);
    const pending = batches.next();
    await at.clock.advanceAsync(10);
    commit(2);
    await at.clock.advanceAsync(9);
    expect(at.clock.pendingTimers).to.equal(1);
    await at.clock.advanceAsync(1);
    expect((await pending).value).to.have.length(5);
  });

  it('gives every commit once and in order, however many there are', async () => {
    await open();
    commit(25_000);
    const seen: number[] = [];
    while (seen.length < 25_000) seen.push(...(await next()));
    expect(seen).to.deep.equal(Array.from({ length: 25_000 }, (_, index) => index + 1));
  });

  it('holds nothing for a slow reader, which is told so when the fleet has moved on too far', async () => {
    await open(10);
    commit(1);
    await batches.next();
    commit(50);
    await at.fleet.transact(() => undefined).durable;
    await expectReason(batches.next(), 'revision_compacted');
  });

  it('ends with its signal and follows no more', async () => {
    at = await openFleetFixture();
    const own = new AbortController();
    const ending = commitBatches(at, 0, own.signal).next();
    own.abort();
    expect(await ending).to.include({ done: true });
    expect(at.clock.pendingTimers).to.equal(0);
  });
});
