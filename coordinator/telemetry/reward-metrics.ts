import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Metagraphs } from '../chain/index.js';

/** Adds what is read of subnets, and what hotkeys of the fleet hold there, to the metrics. */
export function collectRewardMetrics(
  registry: Registry,
  metagraphs: Pick<Metagraphs, 'followed' | 'reads' | 'earned'>,
): void {
  const registers = [registry];
  new Counter({
    ...{ name: 'headframe_subnet_reads_total', help: 'Subnets of the network that were read', registers },
    labelNames: ['network'],
    collect() {
      this.reset();
      for (const [network, reads] of metagraphs.reads()) this.inc({ network }, reads);
    },
  });
  const labelNames = ['network', 'netuid'] as const;
  new Gauge({
    ...{ name: 'headframe_subnet_read_block', help: 'Block of the last reading of the subnet', registers, labelNames },
    collect() {
      this.reset();
      for (const { record } of metagraphs.followed())
        this.set({ network: record.network, netuid: record.netuid }, record.block);
    },
  });
  new Gauge({
    name: 'headframe_hotkey_stake_planck',
    help: 'All that is staked on a hotkey of the fleet in a subnet, in the smallest unit of its token',
    ...{ registers, labelNames: [...labelNames, 'hotkey'] },
    collect() {
      this.reset();
      for (const { record } of metagraphs.followed())
        for (const [hotkey, { stake }] of Object.entries(record.marks))
          this.set({ network: record.network, netuid: record.netuid, hotkey }, Number(stake));
    },
  });
  new Counter({
    name: 'headframe_hotkey_earned_planck_total',
    help: 'What a hotkey of the fleet has earned in a subnet since the coordinator started, in the smallest unit of its token',
    ...{ registers, labelNames: [...labelNames, 'hotkey'] },
    collect() {
      this.reset();
      for (const { network, netuid, hotkey, earned } of metagraphs.earned())
        this.inc({ network, netuid, hotkey }, Number(earned));
    },
  });
}
