import { expect } from 'chai';
import { describeWith } from '../../support/describe-with.js';
import { noNewNats } from '../../support/nats-cluster.js';
import { noNetworks } from '../../support/network-node.js';
import { oneOf, seededRandom } from '../../support/seeded-random.js';
import type { Random } from '../../support/seeded-random.js';
import { Islands } from './islands.js';
import { NEMESES } from './nemeses.js';
import type { NemesisName } from './nemeses.js';
import { LOSS, runTrial } from './trial.js';

const SEED = Number(process.env.HEADFRAME_TEST_CLUSTER_SEED ?? Date.now() % 1_000_000);
/** Of faults that follow each other by chance. */
const RUNS = Number(process.env.HEADFRAME_TEST_CLUSTER_RUNS ?? 0);
const NAMES = Object.keys(NEMESES) as [NemesisName, ...NemesisName[]]; // it is not empty
/** The main ones at least once, those together that go well together: lists of what goes one after the other, all lists at once. */
const NAMED: readonly (readonly (readonly NemesisName[])[])[] = [
  [
    [
      'kill the leader, and the next one while it begins to lead',
      'stop the leader for longer than its lease',
      'cut the leader from NATS',
    ],
  ],
  [
    ['cut some hosts from every coordinator until they count as lost'],
    ['stop a follower', 'set the clocks of coordinators'],
  ],
  [['kill a NATS server', 'kill two NATS servers', 'kill all NATS servers']],
  [['fill the disk of a NATS server', 'fill the disks of all NATS servers']],
  [
    ['lose, double and delay some of what passes between coordinators and NATS'],
    ['lose, double and delay some of what passes between NATS servers'],
    ['lose, double and delay some of what passes between hosts and coordinators'],
    ['have NATS hear nothing of the leader'],
  ],
  [['cut the leader from all hosts', 'end each coordinator in order, as for an upgrade']],
];

/** Two by chance, one after the other or at once. */
function faultsBy(random: Random): readonly (readonly NemesisName[])[] {
  const first = oneOf(random, NAMES);
  const second = oneOf(random, NAMES);
  // Two that take the same servers away would give them back to each other.
  const areApart = !(/NATS server/.test(first) && /NATS server/.test(second));
  return areApart && random() < 0.5 ? [[first], [second]] : [[first, second]];
}

function told(faults: readonly (readonly string[])[]): string {
  return faults.map((list) => list.join(', then ')).join('; meanwhile ');
}

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
      it(`keeps its word: ${told(faults)}`, async () => {
        const random = seededRandom(SEED + at);
        const { moves } = await runTrial({ islands, name: `n${String(at)}`, faults, random });
        // Else nothing was put to the test.
        if (faults.flat().some((fault) => LOSS.test(fault))) expect(moves).to.be.above(0);
      });

    for (let run = 1; run <= RUNS; run += 1)
      it(`keeps its word, run ${String(run)} of ${String(RUNS)}`, async () => {
        const random = seededRandom(SEED * 1_000 + run);
        const faults = faultsBy(random);
        const figures = await runTrial({ islands, name: `r${String(run)}`, faults, random });
        process.stdout.write(`      ${told(faults)}: ${JSON.stringify(figures)}\n`);
      });
  },
);
