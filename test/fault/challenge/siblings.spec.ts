import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { nativeArgon2 } from '../../../common/challenge/native-argon2.js';
import type { ChallengeParameters } from '../../../common/challenge/parameters.js';
import { systemClock } from '../../../common/model/clock.js';
import type { VerdictRecord } from '../../../common/model/verdict.js';
import type { OpenTunnel } from '../../../coordinator/verify/port.js';
import { commitDeadlineMs } from '../../../coordinator/verify/rates.js';
import type { ReferenceRates } from '../../../coordinator/verify/rates.js';
import { SweepWindow } from '../../../coordinator/verify/sweep-window.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import { SharedMachine, whyNoSharedMachine } from '../../support/challenge/shared-machine.js';
import type { ProvingHost } from '../../support/challenge/proving-host.js';
import { DEFAULT_RATES, wishFor } from '../../support/challenge/wishes.js';
import { describeWith } from '../../support/describe-with.js';
import { whyNoOwnEngine } from '../../support/own-engine.js';

const never = new AbortController().signal;
const MIB = 2 ** 20;
/** Windows of each type; more of them say more of chance. */
const SWEEPS = Number(process.env.HEADFRAME_TEST_SWEEPS ?? 1);
const BOTH = ['one', 'other'];
/** Between the time that one alone takes and the double of it. */
const HEADROOM = 1.5;
/** All that the machine has, and that each of the agents says is its own. */
const MACHINE = { cpuMillis: 700, memoryBytes: 320 * MIB };
const LIMITS = { ...MACHINE, pids: 64 };
/** One label of half a MiB fits, with its digests, and no second one. */
const DISK_BYTES = 800 * 1024;
const CPU: ChallengeParameters = {
  ...{ type: 'cpu', chains: 1, steps: 64, memoryKib: 16_384, passes: 1, samples: 8 },
};
const MEMORY: ChallengeParameters = { type: 'memory', memoryKib: 200 * 1024, lanes: 1 };
const LABEL: ChallengeParameters = {
  ...{ type: 'disk', label: 'label-1', stage: 'plot', nodes: 8192, layers: 4, samples: 8, reads: 4 },
};

describeWith(whyNoOwnEngine() ?? whyNoSharedMachine())('one machine behind two agents', function () {
  this.timeout(60_000 + SWEEPS * 30_000);
  const tunnels = new Map<string, { readonly host: ProvingHost; readonly openTunnel: OpenTunnel }>();
  let bench: ChallengeBench;
  let machine: SharedMachine;
  let asked = 0;
  before(async () => {
    bench = await ChallengeBench.open(systemClock, nativeArgon2);
    machine = await SharedMachine.open(MACHINE, DISK_BYTES);
    for (const hostId of BOTH) {
      const host = await bench.host({}, hostId, join(machine.folder, hostId));
      tunnels.set(hostId, { host, openTunnel: host.tunnels(host.desk(machine.openProver(hostId))) });
    }
  });
  after(async () => {
    await machine[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
  });

  /** Has these hosts prove it in one window. */
  async function ask(parameters: ChallengeParameters, hostIds: readonly string[], rates: ReferenceRates) {
    const sweep = String((asked += 1));
    const window = new SweepWindow(hostIds.length, systemClock);
    const run = async (hostId: string): Promise<VerdictRecord> => {
      const found = tunnels.get(hostId);
      if (found === undefined) throw new Error(`no host ${hostId}`);
      const seat = window.seat();
      const challenger = bench.challenger(found.host, { openTunnel: found.openTunnel, rates }, asked);
      const wish = wishFor(parameters, { id: `${hostId}-${sweep}`, hostId, limits: LIMITS, sweep, seat });
      const { verdict } = await challenger.run(wish, never);
      seat.end(verdict.outcome === 'void');
      return verdict;
    };
    return Promise.all(hostIds.map(run));
  }

  async function passAlone(parameters: ChallengeParameters, hostId: string): Promise<VerdictRecord> {
    const [verdict] = await ask(parameters, [hostId], DEFAULT_RATES);
    if (verdict === undefined) throw new Error('there is one for each that is asked');
    expect(shortOf(verdict)).to.equal('passed challenge_passed');
    return verdict;
  }

  it('proves half of its CPU by each in a window, and comes late where rates are set to such machines', async () => {
    const apart = [await passAlone(CPU, 'one'), await passAlone(CPU, 'other')];
    const most = Math.max(...apart.map(({ units }) => units));
    const shares = (await ask(CPU, BOTH, DEFAULT_RATES)).map(({ units }) => units / most);
    expect(shares, 'of what one proves alone').to.satisfy(([one = 2, other = 2]) => one + other < 1.3);
    const closeMs = HEADROOM * Math.min(...apart.map(({ proveMs }) => proveMs));
    const rates = closeRates(closeMs);
    const reasons = new Map<string, number>();
    for (let sweep = 0; sweep < SWEEPS; sweep += 1)
      for (const verdict of await ask(CPU, BOTH, rates)) count(reasons, shortOf(verdict));
    tell('CPU', [`shares in a window ${shares.map((share) => share.toFixed(2)).join(' and ')}`], reasons);
    expect(Object.fromEntries(reasons)).to.deep.equal({ 'failed challenge_late': 2 * SWEEPS });
  });

  it('does not hold the memory of both at once', async () => {
    await passAlone(MEMORY, 'other');
    const reasons = new Map<string, number>();
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const said = (await ask(MEMORY, BOTH, DEFAULT_RATES)).map(shortOf);
      count(reasons, said.sort().join(', '));
      expect(said).to.include('failed challenge_prover_failed');
    }
    tell('memory', [], reasons);
  });

  it('has no room for the labels of both', async () => {
    await passAlone(LABEL, 'one');
    const reasons = new Map<string, number>();
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      for (const hostId of BOTH) await rm(join(machine.folder, hostId), { recursive: true, force: true });
      const said = (await ask(LABEL, BOTH, DEFAULT_RATES)).map(shortOf);
      count(reasons, said.sort().join(', '));
      expect(said).to.include('failed challenge_disk_full');
      for (const hostId of BOTH)
        expect(await readdir(join(machine.folder, hostId, 'labels'))).to.not.include('label-1.fresh');
    }
    tell('disk', [], reasons);
  });
});

/** Those by which a CPU challenge has so many milliseconds. */
function closeRates(ms: number): ReferenceRates {
  const grace = { ...DEFAULT_RATES, graceMs: 100 };
  const perRate = commitDeadlineMs(CPU, { ...grace, graceMs: 0, cpuMsPerGib: 1 });
  return { ...grace, cpuMsPerGib: (ms - grace.graceMs) / perRate };
}

function shortOf({ outcome, reason }: VerdictRecord): string {
  return `${outcome} ${reason}`;
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** A run that is long enough to be a figure is told. */
function tell(what: string, notes: readonly string[], counts: ReadonlyMap<string, number>): void {
  if (process.env.HEADFRAME_TEST_SWEEPS === undefined) return;
  const counted = [...counts].map(([said, times]) => `${String(times)} × ${said}`);
  console.log([what, ...notes, ...counted].join('; '));
}
