import { setTimeout as sleep } from 'node:timers/promises';
import { between } from '../../../support/seeded-random.js';
import type { Random } from '../../../support/seeded-random.js';
import { cut } from '../cuts.js';
import { NEMESES } from '../nemeses.js';
import type { NemesisName } from '../nemeses.js';
import type { PayingCluster } from './paying-cluster.js';

/** Does one thing to coordinators that pay, or to the chain, and takes it back. */
type PayingNemesis = (cluster: PayingCluster, random: Random) => Promise<void>;

/** What befalls who pays, by name. Who is cut from NATS still reaches the chain. */
export const PAYING_NEMESES = {
  'kill the leader': of('kill the leader'),
  'stop the leader for longer than its lease': of('stop the leader for longer than its lease'),
  'cut the leader from NATS': of('cut the leader from NATS'),
  'cut the leader from the chain': async ({ islands, machine }, random) =>
    cut((await islands.leader()).machine, [machine.address], () => sleep(between(random, 1_000, 12_000))),
  'stop the node of the chain': async ({ node }, random) => {
    node.signal('SIGSTOP');
    await sleep(between(random, 500, 12_000));
    node.signal('SIGCONT');
  },
  'end each coordinator in order, as for an upgrade': of('end each coordinator in order, as for an upgrade'),
  'kill two NATS servers': of('kill two NATS servers'),
  'kill all NATS servers': of('kill all NATS servers'),
} satisfies Record<string, PayingNemesis>;

/** One of them. */
export type PayingNemesisName = keyof typeof PAYING_NEMESES;

function of(name: NemesisName): PayingNemesis {
  return ({ islands }, random) => NEMESES[name](islands, random);
}
