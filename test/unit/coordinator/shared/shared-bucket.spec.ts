import { expect } from 'chai';
import { NatsError } from 'nats';
import type { KV } from 'nats';
import { Servers } from '../../../../coordinator/shared/servers.js';
import { SharedBucket } from '../../../../coordinator/shared/shared-bucket.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** A refusal by JetStream with that code of its list. */
function refusal(code: number, errCode: number): NatsError {
  const error = new NatsError('refused', String(code));
  error.api_error = { code, err_code: errCode, description: 'refused' };
  return error;
}

describe('SharedBucket', () => {
  let clock: ManualClock;
  /** What comes of the next writes, each before what stands there is as given with it; then they go well. */
  let outcomes: { readonly thrown: Error; readonly then?: { value: string; revision: number } }[];
  let standing: { value: string; revision: number } | undefined;
  let writes: number;

  beforeEach(() => {
    [clock, outcomes, standing, writes] = [new ManualClock(), [], undefined, 0];
  });

  function bucket(signal?: AbortSignal): SharedBucket {
    const write = (value: Uint8Array): Promise<number> => {
      writes += 1;
      const outcome = outcomes.shift();
      standing =
        outcome === undefined ? { value: Buffer.from(value).toString(), revision: 100 } : (outcome.then ?? standing);
      return outcome === undefined ? Promise.resolve(100) : Promise.reject(outcome.thrown);
    };
    const kv = {
      get: () =>
        Promise.resolve(
          standing && { operation: 'PUT', value: Buffer.from(standing.value), revision: standing.revision },
        ),
      create: (_key: string, value: Uint8Array) => write(value),
      update: (_key: string, value: Uint8Array) => write(value),
      delete: () => write(Buffer.of()).then(() => (standing = undefined)),
    } as unknown as KV; // all that is asked of it
    const passing = {
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms: number) => {
        clock.advance(ms);
        return Promise.resolve();
      },
    };
    return new SharedBucket('b', kv, new Servers({ clock: passing, patienceMs: 1_000, signal }));
  }
  const replace = (value: string, revision: number): Promise<number | undefined> =>
    bucket().replace('k', Buffer.from(value), revision);

  it('lets what another has written stand', async () => {
    outcomes = [{ thrown: refusal(400, 10071), then: { value: 'other', revision: 7 } }];
    expect([await replace('mine', 0), writes]).to.deep.equal([undefined, 1]);
  });

  it('waits for a write that is under way before it says who was first', async () => {
    for (const before of [undefined, { value: 'old', revision: 5 }]) {
      standing = before;
      outcomes = [
        { thrown: refusal(400, 10164) },
        { thrown: refusal(400, 10164), then: { value: 'other', revision: 7 } },
      ];
      expect(await replace('mine', before?.revision ?? 0)).to.equal(undefined);
      standing = before;
      // That one did not come through.
      outcomes = [{ thrown: refusal(400, 10164) }];
      expect(await replace('mine', before?.revision ?? 0)).to.equal(100);
    }
    standing = { value: 'old', revision: 5 };
    outcomes = [{ thrown: refusal(400, 10164) }];
    expect(await bucket().remove('k', 5)).to.equal(true);
  });

  it('knows its own write again where the answer was lost', async () => {
    standing = { value: 'old', revision: 5 };
    outcomes = [
      { thrown: new NatsError('timeout', 'TIMEOUT'), then: { value: 'mine', revision: 6 } },
      { thrown: refusal(400, 10071) },
    ];
    expect(await replace('mine', 5)).to.equal(6);
  });

  it('asks again while the servers choose a leader, and no longer than it may', async () => {
    outcomes = [{ thrown: refusal(503, 10008) }, { thrown: new NatsError('none', '503') }];
    expect(await replace('mine', 0)).to.equal(100);
    outcomes = Array.from({ length: 100 }, () => ({ thrown: refusal(503, 10008) }));
    standing = undefined;
    await expectReason(replace('mine', 0), 'shared_place_away');
    expect(outcomes.length).to.be.above(80);
    outcomes = [{ thrown: refusal(403, 10001) }];
    await expectReason(replace('mine', 0), 'shared_place_away');
    expect(outcomes).to.have.length(0);
  });

  it('waits for nobody once the program is to end', async () => {
    outcomes = [{ thrown: refusal(503, 10008) }];
    await expectReason(bucket(AbortSignal.abort()).replace('k', Buffer.of(), 0), 'shared_place_away');
    expect(writes).to.equal(1);
    expect(await bucket(AbortSignal.abort()).replace('k', Buffer.of(), 0)).to.equal(100);
  });
});
