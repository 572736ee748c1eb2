import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostState } from '../../../common/gen/headframe/v1/host_pb.js';
import { describeWithNetworks } from '../../support/network-node.js';
import { between, oneOf, seededRandom } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import { FAULTS, shuffledFaults } from './faults.js';
import type { FaultName } from './faults.js';
import { IslandFleet } from './island-fleet.js';

/** What befell a host that held an identity. */
interface Run {
  readonly host: string;
  readonly fault: FaultName;
  readonly forMs: number;
}

const SEED = Number(process.env.HEADFRAME_TEST_SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.HEADFRAME_TEST_RUNS ?? 50);
const HOSTS = 10;
/** Hosts that faults befall at once; the others take over. */
const MOST_AT_ONCE = 7;
const IDENTITIES = 12;
const BACK_IN_MS = 90_000;

/** Some end before anything is given up, most after the host counts as lost, and some just between. */
function durationOf(random: Random): number {
  return random() < 0.3 ? between(random, 300, 4_900) : between(random, 4_900, 6_500);
}

describeWithNetworks(
  `an exclusive identity, whatever befalls its host (HEADFRAME_TEST_SEED=${String(SEED)})`,
  function () {
    this.timeout(300_000);
    let islands: IslandFleet;
    before(async () => {
      islands = await IslandFleet.open({
        hosts: HOSTS,
        heartbeatPeriod: '250ms',
        leaseLength: '2s',
        coordinator: ['--mass-loss-share', '1'],
      });
    });
    after(() => islands.close());

    /** One host at a time has its clock, its network or its agent meddled with, until it is back. */
    async function befall({ host, fault, forMs }: Run, random: Random): Promise<void> {
      await sleep(between(random, 0, 500));
      await FAULTS[fault](islands.victim(host), forMs, random);
      const ready = async (): Promise<boolean> => (await islands.fleet.host(host)).state === HostState.READY;
      await islands.fleet.until(`${host} to be back after ${fault}`, ready, BACK_IN_MS);
    }

    /** Somebody sets the coordinator's clock wrong, and right again; while clocks differ nothing new is placed. */
    async function jumpOfCoordinator(random: Random): Promise<void> {
      const [offsetMs, forMs] = [between(random, -3_600_000, 3_600_000), between(random, 0, 3_000)];
      await writeFile(islands.wallOffsetFile, String(offsetMs));
      await sleep(forMs);
      await writeFile(islands.wallOffsetFile, '0');
    }

    /** Hosts that hold an identity, in an order given by chance. */
    async function holders(random: Random): Promise<string[]> {
      const names = [...new Set((await islands.holders()).values())].sort();
      return names
        .map((name) => ({ name, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ name }) => name);
    }

    it(`is never live in two places at once, in ${String(RUNS)} runs`, async () => {
      const random = seededRandom(SEED);
      const miners = Array.from({ length: IDENTITIES }, (_, index) =>
        islands.beats.miner(`key-${String(index)}`, {
          stubborn: index % 3 === 0,
          stopGrace: oneOf(random, ['1s', '2s', '10s']),
        }),
      );
      await islands.run(...miners);
      const faults = shuffledFaults(random);
      const runs: Run[] = [];
      while (runs.length < RUNS) {
        const hosts = (await holders(random)).slice(0, Math.min(MOST_AT_ONCE, RUNS - runs.length));
        const round = hosts.map((host) => ({ host, fault: faults.next().value, forMs: durationOf(random) }));
        const seeds = round.map(() => between(random, 0, 2 ** 31));
        const jump = jumpOfCoordinator(random);
        await Promise.all([jump, ...round.map((run, at) => befall(run, seededRandom(seeds[at] ?? 0)))]);
        runs.push(...round);
        expect(await islands.beats.overlaps(), JSON.stringify(round)).to.deep.equal([]);
        for (const { name } of miners) await islands.runsOnce(name, BACK_IN_MS);
      }
      const lives = await islands.beats.lives();
      const moves = [...lives.values()].reduce((sum, list) => sum + list.length - 1, 0);
      // Else nothing was put to the test.
      expect(moves).to.be.greaterThan(RUNS / 4);
    });
  },
);
