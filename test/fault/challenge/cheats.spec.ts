import { randomBytes } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect } from 'chai';
import type { Argon2 } from '../../../common/challenge/argon2.js';
import type { Frame } from '../../../common/challenge/frames.js';
import {
  ChallengeCommitSchema,
  ProverWorkSchema,
  SignedAnswerSchema,
} from '../../../common/gen/headframe/v1/challenge_pb.js';
import type { ChallengeWish } from '../../../coordinator/verify/port.js';
import { ManualClock } from '../../support/manual-clock.js';
import { seededRandom } from '../../support/seeded-random.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import type { HostTricks } from '../../support/challenge/proving-host.js';
import { honestCgroup } from '../../support/challenge/proving-host.js';
import { quickArgon2 } from '../../support/challenge/quick-argon2.js';
import { DEFAULT_RATES, SMALL, TEST_LIMITS, wishFor } from '../../support/challenge/wishes.js';

const never = new AbortController().signal;
const SEEDS = 400;

describe('a host that skips a share of the work', () => {
  for (const [share, samples] of [
    [0.05, 8],
    [0.1, 8],
    [0.25, 4],
    [0.5, 1],
  ] as const)
    it(`is caught as often as the formula says: ${String(100 * share)} % with ${String(samples)} samples`, async () => {
      await using bench = await ChallengeBench.open();
      const random = seededRandom(samples);
      const skipping: Argon2 = (call) => (random() < share ? Promise.resolve(randomBytes(32)) : quickArgon2(call));
      const host = await bench.host({ prover: proverWith(skipping) });
      const challenger = bench.challenger(host);
      const parameters = { ...SMALL.cpu, steps: 32, samples };
      let caught = 0;
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const { verdict } = await challenger.run(wishFor(parameters, { id: `skip-${String(seed)}` }), never);
        if (verdict.reason === 'challenge_wrong_opening') caught += 1;
        else expect(verdict.outcome).to.equal('passed');
      }
      const expected = 1 - (1 - share) ** samples;
      // Four standard deviations of so many draws, and a little for the samples that are drawn twice.
      const slack = 4 * Math.sqrt((expected * (1 - expected)) / SEEDS) + 0.03;
      expect(caught / SEEDS).to.be.within(expected - slack, expected + slack);
    });
});

describe('a host that answers with something else', () => {
  it('is caught when it replays what it signed before', async () => {
    await using bench = await ChallengeBench.open();
    let kept: Frame | undefined;
    const host = await bench.host({
      onSend: (frame) => {
        if (frame.kind !== 'commit') return [frame];
        kept ??= frame;
        return [kept];
      },
    });
    const challenger = bench.challenger(host);
    const first = await challenger.run(wishFor(SMALL.memory, { id: 'first' }), never);
    const second = await challenger.run(wishFor(SMALL.memory, { id: 'second' }), never);
    expect([first.verdict.outcome, second.verdict.outcome, second.verdict.reason]).to.deep.equal([
      'passed',
      'failed',
      'challenge_bad_signature',
    ]);
  });

  it('is caught when it signs an old commit anew', async () => {
    await using bench = await ChallengeBench.open();
    // In clear nothing is signed, so that only the roots tell.
    let kept: readonly Uint8Array[] | undefined;
    const host = await bench.host({
      onSend: (frame) => [
        changedCommit(frame, ({ challengeId, roots }) => {
          kept ??= roots;
          return { challengeId, roots: [...kept] };
        }),
      ],
    });
    const challenger = bench.challenger(host, { hostKeyOf: undefined, lottery: { oneIn: 1e6, mostMemoryBytes: 0 } });
    const run = async (id: string) => (await challenger.run(wishFor(SMALL.memory, { id }), never)).verdict.reason;
    expect([await run('one'), await run('two')]).to.deep.equal(['challenge_contradiction', 'challenge_replayed']);
  });

  it('is caught when it works on a seed of before, or of another host', async () => {
    await using bench = await ChallengeBench.open();
    const precomputed = randomBytes(32);
    const onWork = (frame: Frame): Frame => {
      if (frame.kind !== 'work') return frame;
      const work = fromBinary(ProverWorkSchema, frame.payload);
      return { kind: 'work', payload: toBinary(ProverWorkSchema, { ...work, seed: precomputed }) };
    };
    const challenger = bench.challenger(await bench.host({ onWork }));
    const reasons = new Map<string, string>();
    for (const name of ['cpu', 'memory', 'plot'] as const) {
      const { verdict } = await challenger.run(wishFor(SMALL[name], { id: name }), never);
      reasons.set(name, verdict.reason);
    }
    expect(Object.fromEntries(reasons)).to.deep.equal({
      cpu: 'challenge_wrong_opening',
      memory: 'challenge_wrong_tag',
      plot: 'challenge_wrong_opening',
    });
  });

  it("is caught when another host's agent answers in its place", async () => {
    await using bench = await ChallengeBench.open();
    const other = await bench.host({}, 'host-2');
    const { verdict } = await bench.challenger(other).run(wishFor(SMALL.cpu, { id: 'helper' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_bad_signature']);
  });

  it('is caught when it opens a label that it has changed since, or thrown away', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host();
    const challenger = bench.challenger(host);
    const { label } = await challenger.run(wishFor(SMALL.plot, { id: 'plot' }), never);
    expect(label).to.not.equal(undefined);
    const other = label && { ...label, root: randomBytes(32) };
    const changed = await challenger.run(wishFor(SMALL.read, { id: 'changed', known: other }), never);
    const gone = { ...SMALL.read, label: 'another' };
    const missing = await challenger.run(wishFor(gone, { id: 'missing', known: label }), never);
    expect([changed.verdict.reason, missing.verdict.reason]).to.deep.equal([
      'challenge_label_changed',
      'challenge_label_missing',
    ]);
  });
});

describe('a host that claims twice its memory', () => {
  /** Fills half of what it was asked to. */
  const half: Argon2 = (call) => quickArgon2({ ...call, memoryKib: call.memoryKib / 2 });

  it('is caught at once while it is new', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host({ prover: proverWith(half) });
    const { verdict } = await bench.challenger(host).run(wishFor(SMALL.memory, { id: 'new' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_wrong_tag']);
  });

  it('is caught once in twenty rounds later', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host({ prover: proverWith(half) });
    const challenger = bench.challenger(host);
    let caught = 0;
    for (let round = 0; round < 1_000; round += 1) {
      const wish = wishFor(SMALL.memory, { id: `round-${String(round)}`, isNewHost: false });
      if ((await challenger.run(wish, never)).verdict.reason === 'challenge_wrong_tag') caught += 1;
    }
    // 50 of 1000, four standard deviations either way.
    expect(caught).to.be.within(22, 78);
  });

  it('is caught when it swaps, by our clock alone', async () => {
    const clock = new ManualClock();
    await using bench = await ChallengeBench.open(clock);
    // What takes two orders longer a block takes one for the whole when a tenth is swapped.
    const swapping: Argon2 = (call) => {
      clock.advance(60_000);
      return quickArgon2(call);
    };
    const host = await bench.host({ prover: proverWith(swapping) });
    const { verdict } = await bench
      .challenger(host, { rates: DEFAULT_RATES })
      .run(wishFor(SMALL.memory, { id: 'swap' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_late']);
  });
});

describe('a host that is late', () => {
  const cases: readonly (readonly [string, ChallengeWish['parameters'], Frame['kind'], number])[] = [
    ['commits after its deadline', SMALL.cpu, 'commit', 3_000],
    ['has a helper read its disk for it, at 100 ms a read', { ...SMALL.read, reads: 32 }, 'open', 32 * 200],
  ];
  for (const [title, parameters, kind, delayMs] of cases)
    it(`is caught when it ${title}`, async () => {
      const clock = new ManualClock();
      await using bench = await ChallengeBench.open(clock);
      const host = await bench.host();
      const challenger = bench.challenger(host, { rates: DEFAULT_RATES });
      const { label } = await challenger.run(wishFor(SMALL.plot, { id: 'plot' }), never);
      host.tricks = {
        ...host.tricks,
        onSend: (frame) => {
          if (frame.kind === kind) clock.advance(delayMs);
          return [frame];
        },
      };
      const { verdict } = await challenger.run(wishFor(parameters, { id: 'late', known: label }), never);
      expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_late']);
    });
});

describe('a host that lies about its container', () => {
  const lies = {
    'a higher CPU limit': [{ cpuLimitMillis: 4000 }, 'challenge_contradiction'],
    'a lower CPU limit': [{ cpuLimitMillis: 500 }, 'challenge_limits_wrong'],
    'no memory limit': [{ memoryLimitBytes: 0 }, 'challenge_contradiction'],
    'a peak of memory below the work': [{ memoryPeakBytes: 1000 }, 'challenge_contradiction'],
    'no cgroups at all': [{ version: 0 }, 'challenge_contradiction'],
  } as const;
  for (const [title, [lie, reason]] of Object.entries(lies))
    it(`is caught when it shows ${title}`, async () => {
      await using bench = await ChallengeBench.open();
      const honest = honestCgroup(TEST_LIMITS);
      const readCgroup = async () => ({ ...(await honest()), ...lie });
      const host = await bench.host({ prover: { ...proverWith(quickArgon2), readCgroup } });
      const { verdict } = await bench.challenger(host).run(wishFor(SMALL.memory, { id: 'lie' }), never);
      expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', reason]);
    });

  it('is caught when a helper did the work, and its own container none', async () => {
    await using bench = await ChallengeBench.open();
    const readCgroup = async () => ({ ...(await honestCgroup(TEST_LIMITS)()), cpuTimeMs: 1 });
    const host = await bench.host({ prover: { ...proverWith(quickArgon2), readCgroup } });
    // 4 GiB are not filled in no time.
    const parameters = { ...SMALL.cpu, steps: 32, memoryKib: 65_536 };
    const { verdict } = await bench.challenger(host).run(wishFor(parameters, { id: 'helper' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_contradiction']);
  });
});

function proverWith(argon2: Argon2): HostTricks['prover'] {
  return { argon2, labels: '', readCgroup: honestCgroup(TEST_LIMITS) };
}

function changedCommit(
  frame: Frame,
  change: (commit: ReturnType<typeof commitIn>) => { readonly challengeId: string; readonly roots: Uint8Array[] },
): Frame {
  if (frame.kind !== 'commit') return frame;
  const payload = toBinary(ChallengeCommitSchema, create(ChallengeCommitSchema, change(commitIn(frame))));
  const signature = new Uint8Array();
  return { kind: 'commit', payload: toBinary(SignedAnswerSchema, create(SignedAnswerSchema, { payload, signature })) };
}

function commitIn(frame: Frame): { readonly challengeId: string; readonly roots: readonly Uint8Array[] } {
  return fromBinary(ChallengeCommitSchema, fromBinary(SignedAnswerSchema, frame.payload).payload);
}
