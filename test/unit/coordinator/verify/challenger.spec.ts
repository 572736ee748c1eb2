import { expect } from 'chai';
import type { Argon2 } from '../../../../common/challenge/argon2.js';
import { HeadframeError } from '../../../../common/model/error.js';
import { ChallengeBench } from '../../../support/challenge/challenge-bench.js';
import { honestCgroup } from '../../../support/challenge/proving-host.js';
import { quickArgon2 } from '../../../support/challenge/quick-argon2.js';
import { DEFAULT_RATES, SMALL, TEST_LIMITS, wishFor } from '../../../support/challenge/wishes.js';
import type { Assignment } from '../../../../common/model/workload.js';
import { leaseAssignment, leaseSpec } from '../../../support/lease-samples.js';
import { expectReason } from '../../../support/expect-reason.js';
import { ManualClock } from '../../../support/manual-clock.js';

const never = new AbortController().signal;
const shortOf = ({ outcome, reason }: { readonly outcome: string; readonly reason: string }) => `${outcome} ${reason}`;

describe('a challenge', () => {
  it('of each type is passed by an honest host, with what was measured', async () => {
    await using bench = await ChallengeBench.open();
    const readCgroup = honestCgroup(TEST_LIMITS);
    const host = await bench.host({ prover: { argon2: quickArgon2, labels: '', readCgroup }, gpus: {} });
    const challenger = bench.challenger(host);
    const { verdict: cpu } = await challenger.run(wishFor(SMALL.cpu, { id: 'cpu', sweep: 's-1' }), never);
    expect(cpu).to.include({ id: 'cpu', hostId: 'host-1', type: 'cpu', outcome: 'passed', claimed: 1000 });
    expect(cpu.sweep).to.equal('s-1');
    expect(cpu.units).to.be.greaterThan(0);
    const plot = await challenger.run(wishFor(SMALL.plot, { id: 'plot' }), never);
    expect(plot.verdict).to.include({ outcome: 'passed', units: SMALL.plot.nodes * 64 });
    for (const name of ['read', 'memory', 'network', 'gpu'] as const) {
      const { verdict } = await challenger.run(wishFor(SMALL[name], { id: name, known: plot.label }), never);
      expect(shortOf(verdict)).to.equal('passed challenge_passed');
      if (name === 'gpu') {
        expect(verdict.units).to.equal(32 * 64 * 256);
        expect(verdict.text).to.include('GPU-1');
      }
    }
  });

  it('of GPUs is void where the host has no program for them, or that finds none: nothing of it is ever judged', async () => {
    await using bench = await ChallengeBench.open();
    const said: string[] = [];
    for (const gpus of [undefined, { hasNone: true }]) {
      const host = await bench.host(gpus && { gpus });
      const { verdict } = await bench.challenger(host).run(wishFor(SMALL.gpu, { id: 'gpu' }), never);
      said.push(`${shortOf(verdict)} ${String(verdict.units)}`);
    }
    expect(said).to.deep.equal(['void challenge_no_gpu_prover 0', 'void challenge_gpu_not_found 0']);
  });

  it('is asked again twice with new seeds where the connection breaks before the commit, and never after it', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host({ breaksAfter: 1 });
    let opened = 0;
    const openTunnel: ReturnType<typeof host.tunnels> = (...args) => {
      opened += 1;
      return host.tunnels()(...args);
    };
    const lost = await bench.challenger(host, { openTunnel }).run(wishFor(SMALL.cpu, { id: 'lost' }), never);
    expect([shortOf(lost.verdict), opened]).to.deep.equal(['void challenge_lost', 3]);
    opened = 0;
    host.tricks = { ...host.tricks, breaksAfter: 2 };
    const gone = await bench.challenger(host, { openTunnel }).run(wishFor(SMALL.cpu, { id: 'gone' }), never);
    expect([shortOf(gone.verdict), opened]).to.deep.equal(['failed challenge_not_opened', 1]);
  });

  it('comes to pass where only its first try was lost', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host();
    let tries = 0;
    const openTunnel: ReturnType<typeof host.tunnels> = (...args) => {
      tries += 1;
      if (tries > 1) return host.tunnels()(...args);
      return Promise.reject(new HeadframeError({ code: 'unavailable', reason: 'not_connected', message: 'away' }));
    };
    const { verdict } = await bench.challenger(host, { openTunnel }).run(wishFor(SMALL.cpu, { id: 'again' }), never);
    expect([verdict.outcome, tries]).to.deep.equal(['passed', 2]);
  });

  it('is void once what was reserved for it is needed otherwise, or the coordinator stops', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host({ onSend: (frame) => (frame.kind === 'commit' ? [] : [frame]) });
    const challenger = bench.challenger(host);
    const later = (): AbortSignal => AbortSignal.timeout(50);
    const preempted = await challenger.run(wishFor(SMALL.cpu, { id: 'one', preempted: later() }), never);
    const stopped = await challenger.run(wishFor(SMALL.cpu, { id: 'two' }), later());
    expect([shortOf(preempted.verdict), shortOf(stopped.verdict)]).to.deep.equal([
      'void challenge_preempted',
      'void challenge_interrupted',
    ]);
  });

  it('is void where the verifier has no room', async () => {
    await using bench = await ChallengeBench.open();
    const full = new HeadframeError({ code: 'unavailable', reason: 'challenge_verifier_busy', message: 'full' });
    const verifier = { verify: () => Promise.reject(full) };
    const challenger = bench.challenger(await bench.host(), { verifier });
    const { verdict } = await challenger.run(wishFor(SMALL.cpu, { id: 'full' }), never);
    expect(shortOf(verdict)).to.equal('void challenge_verifier_busy');
  });

  it('of an id that was used is refused, by the verifier and by the agent', async () => {
    await using bench = await ChallengeBench.open();
    const host = await bench.host();
    const openTunnel = host.tunnels(host.desk());
    const challenger = bench.challenger(host, { openTunnel });
    await challenger.run(wishFor(SMALL.cpu, { id: 'same' }), never);
    await expectReason(challenger.run(wishFor(SMALL.cpu, { id: 'same' }), never), 'challenge_replayed');
    const another = bench.challenger(host, { openTunnel });
    const { verdict } = await another.run(wishFor(SMALL.cpu, { id: 'same' }), never);
    expect(shortOf(verdict)).to.equal('void challenge_refused');
  });

  it('for a lease is done by the host that holds it, in its name, and by no other', async () => {
    await using bench = await ChallengeBench.open();
    const assignment = leaseAssignment();
    const { serial } = assignment;
    const started: (Assignment | undefined)[] = [];
    const host = await bench.host({ assignmentOf: (asked) => (asked === serial ? assignment : undefined) });
    const desk = host.desk((request, signal) => {
      if (request.kind === 'node') started.push(request.lease);
      return host.openProver(request, signal);
    });
    const challenger = bench.challenger(host, { openTunnel: host.tunnels(desk) });
    const run = async (id: string, subject: string, leaseSerial: number) =>
      shortOf((await challenger.run(wishFor(SMALL.cpu, { id, subject, leaseSerial }), never)).verdict);
    expect(await run('held', `${leaseSpec().lease}/c/held`, serial)).to.equal('passed challenge_passed');
    expect(started).to.deep.equal([assignment]);
    expect(await run('other', 'another/c/other', serial)).to.equal('void challenge_refused');
    expect(await run('unknown', `${leaseSpec().lease}/c/unknown`, serial + 1)).to.equal('void challenge_refused');
    expect(started.length).to.equal(2);
  });

  it('of parameters out of bounds is refused before anybody is asked', async () => {
    await using bench = await ChallengeBench.open();
    const challenger = bench.challenger(await bench.host());
    const wish = wishFor({ ...SMALL.cpu, chains: 0 }, { id: 'none' });
    await expectReason(challenger.run(wish, never), 'challenge_invalid');
  });

  it('is failed by a prover that ends each time before it has committed', async () => {
    await using bench = await ChallengeBench.open();
    const error = new HeadframeError({ code: 'internal', reason: 'challenge_prover_failed', message: 'no memory' });
    const argon2: Argon2 = () => Promise.reject(error);
    const host = await bench.host({ prover: { argon2, labels: '', readCgroup: honestCgroup(TEST_LIMITS) } });
    const { verdict } = await bench.challenger(host).run(wishFor(SMALL.memory, { id: 'oom' }), never);
    expect(shortOf(verdict)).to.equal('failed challenge_prover_failed');
  });

  it('says so where the kernel held the prover back, and calls it no lie', async () => {
    const clock = new ManualClock();
    await using bench = await ChallengeBench.open(clock);
    let throttledMs = 0;
    const honest = honestCgroup(TEST_LIMITS);
    const readCgroup = async () => ({ ...(await honest()), throttledMs: (throttledMs += 1_500) });
    const argon2: Argon2 = (call) => {
      clock.advance(3_000);
      return quickArgon2(call);
    };
    const host = await bench.host({ prover: { argon2, labels: '', readCgroup } });
    const challenger = bench.challenger(host, { rates: DEFAULT_RATES });
    const { verdict } = await challenger.run(wishFor(SMALL.memory, { id: 'slow' }), never);
    expect(shortOf(verdict)).to.equal('failed challenge_limits_wrong');
  });

  describe('that is late', () => {
    /** What comes of memory that takes three seconds, or has no end, of two that there are for it. */
    async function judged(threads: { readonly ranMs: number; readonly waitedMs: number }, over: Late = {}) {
      const clock = new ManualClock();
      await using bench = await ChallengeBench.open(clock);
      let counted = 0;
      const readThreads = () => Promise.resolve(counted++ === 0 ? { ranMs: 0, waitedMs: 0 } : threads);
      const argon2: Argon2 = (call) => {
        if (over.isEndless !== true) {
          clock.advance(3_000);
          return quickArgon2(call);
        }
        setImmediate(() => {
          clock.advance(3_000);
        });
        return new Promise(() => undefined);
      };
      const readCgroup = honestCgroup(TEST_LIMITS);
      const host = await bench.host({ prover: { argon2, labels: '', clock, readCgroup, readThreads } });
      const challenger = bench.challenger(host, { rates: DEFAULT_RATES });
      const seat = over.isTogether === true ? { seat: { arrive: () => Promise.resolve(true) } } : {};
      return shortOf((await challenger.run(wishFor(SMALL.memory, { id: 'slow', ...seat }), never)).verdict);
    }
    const waiting = { ranMs: 700, waitedMs: 2_300 };

    it('is void where others had the processors that were to be free for it', async () => {
      expect(await judged(waiting)).to.equal('void challenge_host_loaded');
      expect(await judged(waiting, { isEndless: true })).to.equal('void challenge_host_loaded');
    });

    it('is failed where it had them', async () => {
      expect(await judged({ ranMs: 2_900, waitedMs: 100 })).to.equal('failed challenge_late');
    });

    it('is failed in a window, where hosts may be one machine that crowds itself', async () => {
      expect(await judged(waiting, { isTogether: true })).to.equal('failed challenge_late');
    });
  });
});

interface Late {
  readonly isEndless?: boolean;
  /** Asked in one window with others. */
  readonly isTogether?: boolean;
}
