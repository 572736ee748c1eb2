import { expect } from 'chai';
import { priorityOf } from '../../../../../../common/model/miner.js';
import type { MinerSpec } from '../../../../../../common/model/miner.js';
import type { StakePolicySpec } from '../../../../../../common/model/stake-policy.js';
import type { WalletRecord } from '../../../../../../common/model/wallet.js';
import { alignPriorities } from '../../../../../../coordinator/chain/stake/policy/priorities.js';
import { openFleet } from '../../../../../../coordinator/fleet/index.js';
import type { Fleet } from '../../../../../../coordinator/fleet/index.js';
import { policyOf } from '../../../../../../coordinator/scheduler/miner-policy.js';
import { stakePolicyRecord } from '../../../../../support/chain/stake-policies.js';
import { sampleMiner, sampleSpec } from '../../../../../support/fleet-samples.js';
import { ManualClock } from '../../../../../support/manual-clock.js';
import { MemoryStore } from '../../../../../support/memory-store.js';

const key = { publicKey: '0x', keyType: 'sr25519', createdAtMs: 0, createdBy: '' } as const;
const WALLET: WalletRecord = {
  ...{ ...key, name: 'cold', address: '5Cold', custody: 'watch', id: 'w', envelope: undefined, proxyFor: undefined },
  hotkeys: [{ ...key, name: 'one', address: '5Hot', namespace: 'default', secret: 'cold.one' }],
};
const WITH_KEY: Partial<MinerSpec> = {
  container: {
    ...sampleSpec().container,
    secrets: [{ name: 'cold.one', path: '/run/secrets/one', mode: 0o400, onRotate: 'none' }],
  },
};

describe('the priorities of miners by stake', () => {
  let store: MemoryStore;
  let fleet: Fleet;

  beforeEach(async () => {
    store = new MemoryStore();
    fleet = await openFleet(store, { clock: new ManualClock() });
    fleet.transact((tx) => {
      tx.putWallet(WALLET);
      tx.putMiner(sampleMiner(WITH_KEY));
      tx.putMiner(sampleMiner({ name: 'other' }));
    });
  });

  /** A policy whose stake is in its only band. */
  function put(name: string, priority: number, spec: Partial<StakePolicySpec> = {}): void {
    const band = { atLeast: '100', priority };
    const banded = { band, stake: '120', block: 7, atMs: 0 };
    fleet.transact((tx) => tx.putStakePolicy(stakePolicyRecord({ name, priorities: [band], ...spec }, { banded })));
  }
  const standing = () => {
    const miner = fleet.miner('alpha');
    return [priorityOf(miner), policyOf(miner).priority, miner?.stakePriority?.policy];
  };

  it('are those of the policy for the miners that work with its hotkey, and their own once it is gone', async () => {
    const own = priorityOf(fleet.miner('alpha'));
    put('one', 700);
    await alignPriorities(fleet);
    expect(standing()).to.deep.equal([700, 700, 'one']);
    expect(fleet.miner('other')?.stakePriority).to.equal(undefined);
    fleet.transact((tx) => tx.removeStakePolicy('one'));
    await alignPriorities(fleet);
    expect(standing()).to.deep.equal([own, own, undefined]);
  });

  it('change nothing while they are as wanted, and are kept across a restart', async () => {
    put('one', 700);
    await alignPriorities(fleet);
    const { revision } = fleet;
    await alignPriorities(fleet);
    expect(fleet.revision).to.equal(revision);
    fleet = await openFleet(store.reopen(), { clock: new ManualClock() });
    expect(standing()).to.deep.equal([700, 700, 'one']);
    const again = fleet.revision;
    await alignPriorities(fleet);
    expect(fleet.revision).to.equal(again);
  });

  it('are the highest of several, and none of a subnet that a module does not work in', async () => {
    put('one', 300);
    put('two', 800, { netuid: 4 });
    await alignPriorities(fleet);
    expect(standing()).to.deep.equal([800, 800, 'two']);
    const chain = { network: 'model', netuid: 3, wallet: 'cold', hotkey: 'one', leastStake: '0' };
    const named = { name: 'm', role: 'miner', commit: 'c', settings: {}, secrets: {}, env: {}, args: [] };
    const module = { ...named, chain: { ...chain, register: undefined, serve: undefined } };
    fleet.transact((tx) => tx.putMiner(sampleMiner({ ...WITH_KEY, kind: 'module', module })));
    await alignPriorities(fleet);
    expect(standing()).to.deep.equal([300, 300, 'one']);
    put('root', 900, { netuid: 0 });
    await alignPriorities(fleet);
    expect(standing()).to.deep.equal([900, 900, 'root']);
  });
});
