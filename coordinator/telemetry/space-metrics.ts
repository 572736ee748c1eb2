import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { HeadCounters } from '../../common/model/space-head.js';
import type { SpaceHeads } from '../kinds/space/index.js';

type Standing = ReturnType<SpaceHeads['standings']>[number];

const COUNTERS: readonly (readonly [string, string, keyof HeadCounters])[] = [
  ['space_challenges_received_total', 'Challenges that a space miner received', 'totalChallengesReceived'],
  ['space_proofs_generated_total', 'Proofs that it made', 'totalProofsGenerated'],
  ['space_proofs_submitted_total', 'Proofs that its node took', 'totalProofsSubmitted'],
  ['space_blocks_won_total', 'Blocks that it won and its node took', 'totalBlocksWon'],
  ['space_blocks_accepted_total', 'Blocks that it won and the node said it accepted', 'totalBlocksAccepted'],
];

const GAUGES: readonly (readonly [string, string, (standing: Standing) => number | undefined])[] = [
  ['space_node_connected', '1 while a space miner is connected to a node', ({ peer }) => (peer === '' ? 0 : 1)],
  [
    'space_height',
    'Height of the block that it mines on',
    ({ height }) => (height === '' ? undefined : Number(height)),
  ],
];

/** Adds what space miners count to the metrics. */
export function collectSpaceMetrics(registry: Registry, heads: Pick<SpaceHeads, 'standings'>): void {
  const labels = { labelNames: ['miner'], registers: [registry] };
  for (const [name, help, key] of COUNTERS)
    new Counter({
      ...{ name: `headframe_${name}`, help, ...labels },
      collect() {
        this.reset();
        for (const { miner, counters } of heads.standings()) this.inc({ miner }, counters[key]);
      },
    });
  for (const [name, help, read] of GAUGES)
    new Gauge({
      ...{ name: `headframe_${name}`, help, ...labels },
      collect() {
        this.reset();
        for (const standing of heads.standings()) {
          const value = read(standing);
          if (value !== undefined) this.set({ miner: standing.miner }, value);
        }
      },
    });
}
