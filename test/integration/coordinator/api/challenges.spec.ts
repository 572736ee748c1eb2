import { expect } from 'chai';
import { ChallengeService } from '../../../../common/gen/headframe/v1/challenge_service_pb.js';
import { ChallengeType, VerdictOutcome } from '../../../../common/gen/headframe/v1/verdict_pb.js';
import type { LeaseRecord } from '../../../../common/model/lease-record.js';
import type { VerdictRecord } from '../../../../common/model/verdict.js';
import { createClient } from '../../../../common/rpc/index.js';
import type { Client } from '../../../../common/rpc/index.js';
import { recordVerdict } from '../../../../coordinator/verify/scores/index.js';
import { openCoordinatorFixture } from '../../../support/coordinator-fixture.js';
import type { CoordinatorFixture } from '../../../support/coordinator-fixture.js';
import { expectReason } from '../../../support/expect-reason.js';
import { openFleetFixture } from '../../../support/fleet-fixture.js';
import { sampleHost } from '../../../support/fleet-samples.js';
import { readyLease } from '../../../support/lease-scene.js';
import { sampleVerdict } from '../../../support/verdict-samples.js';

const AGO_MS = 60_000;

/** Verdicts of a minute ago, each a second after the one before. */
function judged(...patches: readonly Partial<VerdictRecord>[]): VerdictRecord[] {
  const startMs = Date.now() - AGO_MS;
  return patches.map((patch, at) => sampleVerdict(`c${String(at)}`, { atMs: startMs + at * 1000, ...patch }));
}

/** A lease that was usable for half of its time, until now, and given up. */
function givenUp(hostId: string): LeaseRecord {
  const [atMs, half] = [Date.now(), 3_600_000];
  const end = { reason: 'lease_given_up', text: '', atMs };
  const seen = { usableMs: half, doubtfulMs: half, atMs };
  return readyLease({ hostId, state: 'released', releasedAtMs: atMs, serial: 0, end, seen });
}

describe('ChallengeService', () => {
  let at: CoordinatorFixture;
  let challenges: Client<typeof ChallengeService>;
  beforeEach(async () => {
    const { fleet, store } = await openFleetFixture();
    await fleet.transact((tx) => {
      tx.putHost(sampleHost('good', { capabilities: ['lease'] }));
      tx.putHost(sampleHost('liar'));
      tx.putHost(sampleHost('new'));
      const [good, liar] = [{ hostId: 'good' }, { hostId: 'liar' }];
      for (const verdict of judged(
        { ...good, units: 123.5 },
        { ...good, type: 'memory', claimed: 2 ** 30, units: 2 ** 30 },
        { ...good, type: 'disk', claimed: 2 ** 30, units: 2 ** 30 },
        { ...good, type: 'network', claimed: 1000, units: 1000, sweep: 's1' },
        liar,
        { ...liar, outcome: 'failed', reason: 'challenge_wrong_tag', text: 'tag 5', units: 0 },
      ))
        recordVerdict(tx, verdict);
      tx.putLease(givenUp('new'));
    }).durable;
    at = await openCoordinatorFixture({}, store.reopen());
    challenges = createClient(ChallengeService, at.channel);
  });
  afterEach(() => at.close());

  it('lists verdicts, the newest first, page by page, of one host or type or of all', async () => {
    const first = await challenges.listVerdicts({ pageSize: 4 });
    const second = await challenges.listVerdicts({ pageSize: 4, pageToken: first.nextPageToken });
    const ids = [...first.verdicts, ...second.verdicts].map(({ id }) => id);
    expect(ids).to.deep.equal(['c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
    expect(second.nextPageToken).to.equal('');
    const ofLiar = await challenges.listVerdicts({ host: 'liar' });
    expect(ofLiar.verdicts.map(({ id }) => id)).to.deep.equal(['c5', 'c4']);
    const ofDisk = await challenges.listVerdicts({ type: ChallengeType.DISK });
    expect(ofDisk.verdicts.map(({ id }) => id)).to.deep.equal(['c2']);
    await expectReason(challenges.listVerdicts({ host: 'nobody' }), 'host_not_found');
  });

  it('shows one verdict with all that was seen', async () => {
    const { verdict } = await challenges.getVerdict({ id: 'c5' });
    expect(verdict).to.deep.include({ hostId: 'liar', reason: 'challenge_wrong_tag', text: 'tag 5', claimed: 8000n });
    expect(verdict).to.include({ outcome: VerdictOutcome.FAILED, type: ChallengeType.CPU, proveMs: 9000n });
    await expectReason(challenges.getVerdict({ id: 'c9' }), 'verdict_not_found');
  });

  it('scores hosts, the best first, each term told, and says why a score is 0', async () => {
    const { scores } = await challenges.listScores({});
    expect(scores.map(({ hostId, gap }) => [hostId, gap])).to.deep.equal([
      ['good', ''],
      ['liar', 'quarantined'],
      ['new', 'unverified'],
    ]);
    expect(scores[0]).to.include({ score: 123.5, verifiedUnits: 123.5, reliability: 1, freshness: 1 });
    const { challenges: proven, probes, leases, reliability } = scores[2] ?? {};
    expect(proven).to.equal(1);
    expect(probes).to.be.closeTo(0.75, 1e-3);
    expect(leases).to.be.closeTo(0.5, 1e-3);
    expect(reliability).to.be.closeTo(0.375, 1e-3);
    const paged = await challenges.listScores({ pageSize: 1 });
    const next = await challenges.listScores({ pageSize: 1, pageToken: paged.nextPageToken });
    expect([...paged.scores, ...next.scores].map(({ hostId }) => hostId)).to.deep.equal(['good', 'liar']);
    const ofLease = await challenges.listScores({ kind: 'lease' });
    expect(ofLease.scores.map(({ hostId }) => hostId)).to.deep.equal(['good']);
    const error = await expectReason(challenges.listScores({ kind: 'boat' }), 'request_invalid');
    expect(error.violations.map(({ path }) => path)).to.deep.equal(['kind']);
  });

  it('shows with a host what it has proven, and that it is in quarantine until somebody clears it', async () => {
    const good = (await at.hosts.getHost({ host: 'good' })).host;
    expect(good?.verified.map(({ type, amount }) => [type, amount])).to.deep.include([ChallengeType.CPU, 8000n]);
    const liar = (await at.hosts.getHost({ host: 'liar' })).host;
    expect(liar?.verified).to.deep.equal([]);
    expect(liar?.conditions.map(({ reason }) => reason)).to.deep.equal(['verification_failed']);
    const { host } = await challenges.clearVerification({ host: 'liar', text: 'a disk was broken' });
    expect(host?.conditions).to.deep.equal([]);
    await expectReason(challenges.clearVerification({ host: 'liar' }), 'not_quarantined');
    const { scores } = await challenges.listScores({});
    expect(scores.find(({ hostId }) => hostId === 'liar')?.gap).to.equal('unverified');
  });
});
