import { describeWith } from '../../../support/describe-with.js';
import { noNewNats } from '../../../support/nats-cluster.js';
import { noNetworks } from '../../../support/network-node.js';
import { oneOf, seededRandom } from '../../../support/seeded-random.js';
import type { Random } from '../../../support/seeded-random.js';
import { PayingCluster } from './paying-cluster.js';
import { PAYING_NEMESES } from './paying-nemeses.js';
import type { PayingNemesisName } from './paying-nemeses.js';
import { runPayingTrial } from './paying-trial.js';

const SEED = Number(process.env.HEADFRAME_TEST_CLUSTER_SEED ?? Date.now() % 1_000_000);
/** Of faults that follow each other by chance, beside those that are named. */
const RUNS = Number(process.env.HEADFRAME_TEST_PAYING_RUNS ?? 0);
const NAMES = Object.keys(PAYING_NEMESES) as [PayingNemesisName, ...PayingNemesisName[]]; // it is not empty
type Faults = readonly (readonly PayingNemesisName[])[];
const NAMED: readonly Faults[] = [[['stop the leader for longer than its lease', 'cut the leader from NATS']]];

/** Two by chance, one after the other or at once. */
function faultsBy(random: Random): Faults {
  const [first, second] = [oneOf(random, NAMES), oneOf(random, NAMES)];
  // Two that take the same away would give it back to each other.
  const areApart = first !== second && !(/NATS servers/.test(first) && /NATS servers/.test(second));
  return areApart && random() < 0.5 ? [[first], [second]] : [[first, second]];
}

function told(faults: Faults): string {
  return faults.map((list) => list.join(', then ')).join('; meanwhile ');
}

describeWith(noNewNats ?? noNetworks)(
  `paying by a cluster, whatever befalls it (HEADFRAME_TEST_CLUSTER_SEED=${String(SEED)})`,
  function () {
    this.timeout(300_000);
    let cluster: PayingCluster;
    before(async () => {
      cluster = await PayingCluster.open();
    });
    after(() => cluster[Symbol.asyncDispose]());

    for (const [at, faults] of NAMED.entries())
      it(`is done once: ${told(faults)}`, async () => {
        const random = seededRandom(SEED + at);
        await runPayingTrial({ cluster, name: `paying-n${String(at)}`, faults, random });
      });

    for (let run = 1; run <= RUNS; run += 1)
      it(`is done once, run ${String(run)} of ${String(RUNS)}`, async () => {
        const random = seededRandom(SEED * 1_000 + run);
        const faults = faultsBy(random);
        const figures = await runPayingTrial({ cluster, name: `paying-r${String(run)}`, faults, random });
        process.stdout.write(`      ${told(faults)}: ${JSON.stringify(figures)}\n`);
      });
  },
);
