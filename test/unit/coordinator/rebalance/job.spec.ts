import { expect } from 'chai';
import type { InstanceRecord } from '../../../../common/model/instance.js';
import { advance } from '../../../../coordinator/rebalance/job.js';
import type { JobMove, JobView, RebalanceJob } from '../../../../coordinator/rebalance/job.js';
import { sampleInstance } from '../../../support/store-samples.js';

const HOUR_MS = 3_600_000;

function moveOf(serial: number, patch: Partial<JobMove> = {}): JobMove {
  return {
    serial,
    miner: 'alpha',
    fromId: 'h1',
    fromName: 'h1',
    toId: 'h2',
    toName: 'h2',
    why: 'it pays',
    gain: 0.1,
    levelsSpread: false,
    hasIdentity: false,
    outcome: 'planned',
    text: '',
    beganAtMs: 0,
    endedAtMs: 0,
    landedOnId: '',
    ...patch,
  };
}

function jobOf(moves: readonly JobMove[], patch: Partial<RebalanceJob> = {}): RebalanceJob {
  return {
    state: 'running',
    scope: { maxMoves: 100, includeIdentities: false, miner: '', hostLabels: {} },
    startedAtMs: 1,
    endedAtMs: 0,
    movesPerHour: 60,
    atOnce: 2,
    moves,
    before: { deviation: 0.2, lowestShare: 0, highestShare: 1, unevenSpread: 0 },
    ...patch,
  };
}

/** A settled fleet in which every instance runs and every move may be made. */
function viewOf(patch: Partial<JobView> = {}): JobView {
  return {
    nowMs: 10 * HOUR_MS,
    unsettled: '',
    instance: (serial) => sampleInstance({ serial, state: 'running', hostId: 'h1' }),
    landedOn: () => undefined,
    whyWaiting: () => '',
    check: () => ({ kind: 'go' }),
    ...patch,
  };
}

const outcomes = ({ moves }: RebalanceJob): string[] => moves.map(({ outcome }) => outcome);
const ended = (reason: string): ((serial: number) => InstanceRecord) => {
  return (serial) => sampleInstance({ serial, state: 'stopped', hostId: 'h1', reason });
};
const moving = (serial: number, beganAtMs = 10 * HOUR_MS - 1000): JobMove =>
  moveOf(serial, { outcome: 'moving', beganAtMs });

describe('the next step of a rebalance', () => {
  it('begins one move at a time, in order', () => {
    const { job, waitingFor } = advance(jobOf([moveOf(1), moveOf(2)]), viewOf());
    expect([outcomes(job), waitingFor]).to.deep.equal([['moving', 'planned'], '']);
    expect(job.moves[0]?.beganAtMs).to.equal(10 * HOUR_MS);
  });

  it('has no more under way than may be at once', () => {
    const { job, waitingFor } = advance(jobOf([moving(1), moving(2), moveOf(3)]), viewOf());
    expect(outcomes(job)).to.deep.equal(['moving', 'moving', 'planned']);
    expect(waitingFor).to.not.equal('');
  });

  it('begins no more within an hour than its budget, and goes on once the hour is over', () => {
    const past = moveOf(1, { outcome: 'moved', beganAtMs: 9 * HOUR_MS + 1 });
    const job = jobOf([past, moveOf(2)], { movesPerHour: 1 });
    expect(outcomes(advance(job, viewOf()).job)).to.deep.equal(['moved', 'planned']);
    expect(outcomes(advance(job, viewOf({ nowMs: 10 * HOUR_MS + 1 })).job)).to.deep.equal(['moved', 'moving']);
  });

  it('begins nothing while the fleet is not settled, and says why', () => {
    const { job, waitingFor } = advance(jobOf([moveOf(1)]), viewOf({ unsettled: 'host h3 is suspect' }));
    expect([outcomes(job), waitingFor]).to.deep.equal([['planned'], 'host h3 is suspect']);
  });

  it('skips what must not or need not be moved any more, with its why, and begins the next', () => {
    const check: JobView['check'] = ({ serial }) =>
      serial === 1 ? { kind: 'skip', text: 'it has ended' } : { kind: 'go' };
    const { job } = advance(jobOf([moveOf(1), moveOf(2)]), viewOf({ check }));
    expect([outcomes(job), job.moves[0]?.text]).to.deep.equal([['skipped', 'moving'], 'it has ended']);
  });

  it('waits for room that moves under way may be about to make', () => {
    const check: JobView['check'] = () => ({ kind: 'wait', text: 'no room yet' });
    const { job, waitingFor } = advance(jobOf([moving(1), moveOf(2)]), viewOf({ check }));
    expect([outcomes(job), waitingFor]).to.deep.equal([['moving', 'planned'], 'no room yet']);
  });

  it('counts a move as made once the instance has ended for it and the replacement has its host', () => {
    const view = viewOf({ instance: ended('rebalanced') });
    expect(outcomes(advance(jobOf([moving(1)]), view).job), 'no replacement yet').to.deep.equal(['moving']);
    const { job } = advance(jobOf([moving(1)]), { ...view, landedOn: () => 'h2' });
    expect([outcomes(job), job.moves[0]?.landedOnId, job.state]).to.deep.equal([['moved'], 'h2', 'finished']);
  });

  it('says so when the replacement went elsewhere', () => {
    const { job } = advance(jobOf([moving(1)]), viewOf({ instance: ended('rebalanced'), landedOn: () => 'h3' }));
    expect([outcomes(job), job.moves[0]?.landedOnId]).to.deep.equal([['moved'], 'h3']);
  });

  it('skips a move whose instance ends for another reason', () => {
    const { job } = advance(jobOf([moving(1)]), viewOf({ instance: ended('scaled_down') }));
    expect(outcomes(job)).to.deep.equal(['skipped']);
  });

  it('gives up after ten minutes without a replacement, with what it waits for', () => {
    const long = moving(1, 10 * HOUR_MS - 600_000);
    const { job } = advance(jobOf([long]), viewOf({ whyWaiting: () => 'no CPU' }));
    expect(outcomes(job)).to.deep.equal(['skipped']);
    expect(job.moves[0]?.text).to.contain('no CPU');
  });

  it('begins nothing once cancelled, and is over when what is under way has ended', () => {
    const job = jobOf([moving(1), moveOf(2)], { state: 'cancelling' });
    const waits = advance(job, viewOf()).job;
    expect([outcomes(waits), waits.state]).to.deep.equal([['moving', 'planned'], 'cancelling']);
    const over = advance(job, viewOf({ instance: ended('rebalanced'), landedOn: () => 'h2' })).job;
    expect([outcomes(over), over.state, over.endedAtMs]).to.deep.equal([
      ['moved', 'skipped'],
      'cancelled',
      10 * HOUR_MS,
    ]);
  });

  it('leaves a job that is over as it is', () => {
    const job = jobOf([moveOf(1, { outcome: 'moved' })], { state: 'finished', endedAtMs: 5 });
    expect(advance(job, viewOf()).job).to.deep.equal(job);
  });
});
