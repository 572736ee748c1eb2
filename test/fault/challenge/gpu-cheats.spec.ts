import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ProgramDevices } from '../../../agent/challenge/gpu/devices.js';
import { proveGpu } from '../../../agent/challenge/prover/gpu.js';
import type { Proof } from '../../../agent/challenge/prover/proof.js';
import { u64 } from '../../../common/challenge/digest.js';
import { TILE_BYTES, firstTile, productTile } from '../../../common/challenge/gemm.js';
import type { GpuParameters } from '../../../common/challenge/parameters.js';
import { checkGpu } from '../../../coordinator/verify/check/gpu.js';
import type { ProofFault } from '../../../coordinator/verify/check/fault.js';
import { commitDeadlineMs } from '../../../coordinator/verify/rates.js';
import { ChallengeBench } from '../../support/challenge/challenge-bench.js';
import { openCpuDevices } from '../../support/challenge/cpu-devices.js';
import type { DeviceTricks } from '../../support/challenge/cpu-devices.js';
import { DEFAULT_RATES, SMALL, wishFor } from '../../support/challenge/wishes.js';
import { ManualClock } from '../../support/manual-clock.js';
import { seededRandom } from '../../support/seeded-random.js';

const never = new AbortController().signal;
const seed = Buffer.alloc(32, 3);
const REVEALS = 400;
const TWO = [
  { id: 'GPU-1', tiles: 32 },
  { id: 'GPU-2', tiles: 32 },
];

async function proofOf(parameters: GpuParameters, tricks: DeviceTricks = {}): Promise<Proof> {
  const devices = new ProgramDevices(openCpuDevices(tricks));
  await devices.open();
  return proveGpu(devices, parameters, seed);
}

async function faultOf(parameters: GpuParameters, proof: Proof, number = 0): Promise<ProofFault | undefined> {
  const reveal = createHash('sha256').update(u64(number)).digest();
  return checkGpu(parameters, { seed, roots: proof.roots, reveal }, await proof.open(reveal));
}

describe('GPUs that are not worked on as they were to be', () => {
  it('are caught as often as the formula says when a share of the tiles is made up', async () => {
    const share = 0.25;
    const random = seededRandom(7);
    const madeUp = new Set(Array.from({ length: 64 }, (_, tile) => tile).filter(() => random() < share));
    const multiply: DeviceTricks['multiply'] = (tile, second, at) =>
      madeUp.has(32 * at.device + at.tile) ? Buffer.alloc(TILE_BYTES, 1 + at.round) : productTile(tile, second);
    const parameters = { ...SMALL.gpu, devices: TWO, rounds: 1, samples: 4 };
    const proof = await proofOf(parameters, { multiply });
    let caught = 0;
    for (let number = 0; number < REVEALS; number += 1)
      if ((await faultOf(parameters, proof, number))?.reason === 'challenge_wrong_opening') caught += 1;
    const expected = 1 - (1 - madeUp.size / 64) ** parameters.samples;
    // Four standard deviations of so many draws.
    const slack = 4 * Math.sqrt((expected * (1 - expected)) / REVEALS);
    expect(caught / REVEALS).to.be.within(expected - slack, expected + slack);
  });

  const cheats: Readonly<Record<string, DeviceTricks>> = {
    'half of the memory, whose tiles stand for the others too': {
      first: (key, tile) => firstTile(key, tile % 16),
    },
    'a matrix that was filled before': { first: (_, tile) => firstTile(Buffer.alloc(32, 9), tile) },
    'a second factor that is known before the product is done': {
      multiply: (tile, _second, { round }) => productTile(tile, new Int8Array(2 ** 16).fill(round + 1)),
    },
    'zeros, which are multiplied in no time': { first: () => Buffer.alloc(TILE_BYTES) },
    'no product at all': { multiply: (tile) => tile },
    'another tile in place of the one that is to be opened': { told: (leaf) => Buffer.alloc(leaf.length, 7) },
  };
  for (const [title, tricks] of Object.entries(cheats))
    it(`are caught by a challenge, and for good: ${title}`, async () => {
      await using bench = await ChallengeBench.open();
      const host = await bench.host({ gpus: tricks });
      const { verdict } = await bench.challenger(host).run(wishFor(SMALL.gpu, { id: 'cheat' }), never);
      expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_wrong_opening']);
    });

  it('are caught where one of two GPUs does the work of both, for each has its own matrix', async () => {
    const parameters = { ...SMALL.gpu, devices: TWO, rounds: 1 };
    expect(await faultOf(parameters, await proofOf(parameters))).to.equal(undefined);
    let own = Buffer.alloc(0);
    const first: DeviceTricks['first'] = (key, tile) => {
      if (own.length === 0) own = Buffer.from(key);
      return firstTile(own, tile);
    };
    const fault = await faultOf(parameters, await proofOf(parameters, { first }));
    expect(fault?.reason).to.equal('challenge_wrong_opening');
  });

  it('are caught when the roots of before are told again, though in clear nothing is signed', async () => {
    await using bench = await ChallengeBench.open();
    const zeros: DeviceTricks = { first: () => Buffer.alloc(TILE_BYTES), multiply: (tile) => tile };
    const challenger = bench.challenger(await bench.host({ gpus: zeros }));
    await challenger.run(wishFor(SMALL.gpu, { id: 'one' }), never);
    const { verdict } = await challenger.run(wishFor(SMALL.gpu, { id: 'two' }), never);
    expect([verdict.outcome, verdict.reason]).to.deep.equal(['failed', 'challenge_replayed']);
  });

  it('are late by our clock where they make again in each round what they have no memory for', async () => {
    const clock = new ManualClock();
    await using bench = await ChallengeBench.open(clock);
    const rates = { ...DEFAULT_RATES, graceMs: 0, gpuMsPerGib: 1_000_000 };
    const parameters = { ...SMALL.gpu, rounds: 3 };
    // Who keeps all needs little more than half of its time.
    const roundMs = (0.55 * commitDeadlineMs(parameters, rates)) / parameters.rounds;
    const said: string[] = [];
    for (const [name, roundsOf] of [
      ['keeps all', () => 1],
      // Its products are made from the beginning again.
      ['keeps nothing', (round: number) => round + 1],
    ] as const) {
      const multiply: DeviceTricks['multiply'] = (tile, second, at) => {
        if (at.tile === 0) clock.advance(roundMs * roundsOf(at.round));
        return productTile(tile, second);
      };
      const host = await bench.host({ gpus: { multiply } });
      const { verdict } = await bench.challenger(host, { rates }).run(wishFor(parameters, { id: name }), never);
      said.push(`${name}: ${verdict.reason}`);
    }
    expect(said).to.deep.equal(['keeps all: challenge_passed', 'keeps nothing: challenge_late']);
  });
});
