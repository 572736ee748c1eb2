import { expect } from 'chai';
import type { ResourceRequest } from '../../../../common/model/miner.js';
import { LeaseChallenges } from '../../../../coordinator/verify/lease-challenges.js';
import type { LeaseChallengesParts, LeaseToChallenge } from '../../../../coordinator/verify/lease-challenges.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

const never = new AbortController().signal;
const GAP_MS = 600_000;
const GIB = 2 ** 30;

interface Parts {
  readonly id?: string;
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly runtime?: LeaseToChallenge['runtime'];
}

function leaseOf({ id = 'l-1', cpuMillis = 2_500, memoryBytes = GIB, runtime = '' }: Parts = {}): LeaseToChallenge {
  const resources: ResourceRequest = { cpuMillis, memoryBytes, diskBytes: GIB, gpus: 0, pids: 0 };
  return { id, serial: 7, hostId: 'host-1', containerId: 'c', resources, runtime };
}

describe('LeaseChallenges', () => {
  let clock: ManualClock;
  let asked: unknown[][];
  let running: LeaseChallengesParts['challenges']['running'];
  let refusal: Error | undefined;
  let challenges: LeaseChallenges;
  beforeEach(() => {
    clock = new ManualClock();
    [asked, running, refusal] = [[], [], undefined];
    const ask: LeaseChallengesParts['challenges']['ask'] = (hostId, type, { lease }) => {
      asked.push([hostId, type, lease]);
      return refusal === undefined ? Promise.resolve(sampleVerdict('id')) : Promise.reject(refusal);
    };
    const port = {
      ask,
      get running() {
        return running;
      },
    };
    challenges = new LeaseChallenges({ challenges: port, clock, gapMs: GAP_MS });
  });

  it("ask the lease's own host for what the lease has, to the thousandth and the byte", async () => {
    await challenges.ask(leaseOf(), 'cpu', never);
    const limits = { cpuMillis: 2_500, memoryBytes: GIB, pids: 67 };
    expect(asked).to.deep.equal([['host-1', 'cpu', { id: 'l-1', serial: 7, containerId: 'c', limits }]]);
  });

  it('come with a gap for each lease, whatever is asked and however it ends', async () => {
    await challenges.ask(leaseOf(), 'cpu', never);
    await expectReason(challenges.ask(leaseOf(), 'memory', never), 'challenge_too_soon');
    await challenges.ask(leaseOf({ id: 'l-2' }), 'cpu', never);
    clock.advance(GAP_MS - 1);
    await expectReason(challenges.ask(leaseOf(), 'cpu', never), 'challenge_too_soon');
    clock.advance(1);
    await challenges.ask(leaseOf(), 'cpu', never);
    expect(asked.length).to.equal(3);
  });

  it('leave no gap where nothing was worked on', async () => {
    refusal = new Error('no room');
    await challenges.ask(leaseOf(), 'cpu', never).catch(() => undefined);
    refusal = undefined;
    await challenges.ask(leaseOf(), 'cpu', never);
    expect(asked.length).to.equal(2);
  });

  it('wait for what the host works on for somebody else', async () => {
    running = [{ id: 'x', hostId: 'host-1', type: 'memory' }];
    await expectReason(challenges.ask(leaseOf(), 'cpu', never), 'challenge_host_busy');
    running = [{ id: 'x', hostId: 'host-2', type: 'memory' }];
    await challenges.ask(leaseOf(), 'cpu', never);
    expect(asked.length).to.equal(1);
  });

  it('are refused for leases that are too small to prove anything, or that no counter of the kernel is inside of', async () => {
    const unfit = [{ cpuMillis: 999 }, { memoryBytes: GIB / 4 - 1 }, { runtime: 'runsc' as const }];
    for (const lease of unfit)
      await expectReason(challenges.ask(leaseOf(lease), 'cpu', never), 'challenge_lease_unfit');
    await challenges.ask(leaseOf({ cpuMillis: 1_000, memoryBytes: GIB / 4 }), 'cpu', never);
    expect(asked.length).to.equal(1);
  });
});
