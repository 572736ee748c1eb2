import { describeWith } from '../../support/describe-with.js';
import { noNewNats } from '../../support/nats-cluster.js';
import { noNetworks } from '../../support/network-node.js';
import { oneOf, seededRandom } from '../../support/seeded-random.js';
import { Islands } from './islands.js';
import { LOSS, NEMESES } from './nemeses.js';
import type { NemesisName } from './nemeses.js';
import { runTrial } from './trial.js';

const SEED = Number(process.env.HEADFRAME_TEST_CLUSTER_SEED ?? Date.now() % 1_000_000);
/** Of faults that follow each other by chance. */
const RUNS = Number(process.env.HEADFRAME_TEST_CLUSTER_RUNS ?? 1);
const NAMES = Object.keys(NEMESES) as [NemesisName, ...NemesisName[]]; // it is not empty
/** Each at least once, those together that go well together. */
const NAMED: readonly (readonly NemesisName[])[] = [
  ['kill the leader', 'stop the leader for longer than its lease', 'cut the leader from NATS'],
  ['cut the leader from all hosts', LOSS],
  ['kill a NATS server', 'kill two NATS servers', 'kill all NATS servers'],
  ['fill the disk of a NATS server', 'fill the disks of all NATS servers'],
  ['stop a follower', 'set the clocks of coordinators', 'end each coordinator in order, as for an upgrade'],
];

describeWith(noNewNats ?? noNetworks)(
  `a cluster, whatever befalls it (HEADFRAME_TEST_CLUSTER_SEED=${String(SEED)})`,
  function () {
    this.timeout(180_000);
    let islands: Islands;
    before(async () => {
      islands = await Islands.open();
    });
    after(() => islands[Symbol.asyncDispose]());

    for (const [at, faults] of NAMED.entries())
      it(`keeps its word: ${faults.join('; ')}`, async () => {
        await runTrial({ islands, name: `n${String(at)}`, faults, random: seededRandom(SEED + at) });
      });

    for (let run = 1; run <= RUNS; run += 1)
      it(`keeps its word, run ${String(run)} of ${String(RUNS)}`, async () => {
        const random = seededRandom(SEED * 1_000 + run);
        const faults = Array.from({ length: 2 }, () => oneOf(random, NAMES));
        const figures = await runTrial({ islands, name: `r${String(run)}`, faults, random });
        process.stdout.write(`      ${faults.join('; ')}: ${JSON.stringify(figures)}\n`);
      });
  },
);
