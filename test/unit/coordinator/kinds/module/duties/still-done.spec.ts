import { expect } from 'chai';
import type { ModuleChain } from '../../../../../../common/model/module-spec.js';
import { heldIn, isTold } from '../../../../../../coordinator/chain/metagraph/held-places.js';
import type { HeldPlace } from '../../../../../../coordinator/chain/metagraph/held-places.js';
import { seeStillDone } from '../../../../../../coordinator/kinds/module/duties/duty-facts.js';
import type { DutySight } from '../../../../../../coordinator/kinds/module/duties/duty-facts.js';
import { sampleMetagraph, sampleNeuron } from '../../../../../support/chain/metagraph-samples.js';
import { sampleMiner, sampleRollout } from '../../../../../support/fleet-samples.js';

const DUTIES: ModuleChain = {
  ...{ network: 'net', netuid: 7, wallet: 'pay', hotkey: 'one', leastStake: '100', register: undefined },
  serve: { port: 'axon', address: '2001:db8::7' },
};
const PLACE: HeldPlace = {
  ...{ uid: 3, coldkey: '5Cold', stake: 100n },
  endpoint: { ip: '2001:db8::7', port: 31_000, block: 5 },
};
/** As far as it is looked at: the miner runs on a host, with its port published. */
const SIGHT = {
  fleet: {
    instancesOf: () => [{ state: 'running', hostId: 'host-1', hostPorts: [31_000], workloadId: 1 }],
    workload: () => ({ container: { ports: [{ name: 'axon' }] } }),
  },
  networks: { find: () => ({}) },
  wallets: {
    get: () => ({ address: '5Cold', proxyFor: undefined, custody: 'key' }),
    hotkey: () => ({ address: '5Hot' }),
  },
} as unknown as DutySight;

async function seen(
  place: Partial<HeldPlace>,
  duties: Partial<ModuleChain> = {},
  miner = sampleMiner(),
): Promise<unknown> {
  const held = { block: 9, byHotkey: new Map([['5Hot', { ...PLACE, ...place }]]) };
  return seeStillDone(SIGHT, { of: () => Promise.resolve(held) }, miner, { ...DUTIES, ...duties });
}

describe('duties that were done', () => {
  it('are so still where place, owner, stake and endpoint are as wanted', async () => {
    expect(await seen({})).to.deep.equal({ uid: 3, hotkey: '5Hot', block: 9 });
    const nothing = { stake: undefined, endpoint: undefined };
    expect(await seen(nothing, { leastStake: '0', serve: undefined })).to.include({ uid: 3 });
  });

  it('are not so by an instance that is being replaced', async () => {
    const replacing = sampleRollout({ state: 'progressing' });
    expect(await seen({}, {}, sampleMiner({}, { rollout: replacing, workloadId: 2 }))).to.equal(undefined);
    expect(await seen({}, {}, sampleMiner({}, { rollout: replacing, workloadId: 1 }))).to.include({ uid: 3 });
    const paused = { ...replacing, paused: true };
    expect(await seen({}, {}, sampleMiner({}, { rollout: paused, workloadId: 2 }))).to.include({ uid: 3 });
  });

  it('are for the chain itself to judge where anything is another, or is not known', async () => {
    const others: readonly Partial<HeldPlace>[] = [
      { coldkey: '5Other' },
      { stake: 99n },
      { stake: undefined },
      { endpoint: undefined },
      { endpoint: { ip: '2001:db8::7', port: 31_001, block: 5 } },
      { endpoint: { ip: '2001:db8::8', port: 31_000, block: 5 } },
    ];
    for (const other of others) expect(await seen(other), Object.keys(other).join()).to.equal(undefined);
  });
});

describe('the places that a metagraph tells of', () => {
  it('have the stake of the owner by its shares, and the endpoint in whatever way it is written', () => {
    const holding = { total: 1_000n, shares: 90n, share: 30n };
    const endpoint = { ip: '2001:db8::7', port: 1, block: 5 };
    const neurons = [sampleNeuron({ uid: 0, hotkey: 'a', holding, endpoint }), sampleNeuron({ uid: 1, hotkey: 'b' })];
    const { block, byHotkey } = heldIn(sampleMetagraph({ neurons }));
    expect(block).to.equal(1_000);
    expect(byHotkey.get('a')).to.deep.equal({ uid: 0, coldkey: 'cold', stake: 333n, endpoint });
    expect(byHotkey.get('b')).to.include({ stake: undefined, endpoint: undefined });
    expect(isTold(endpoint, { ip: '2001:DB8:0::7', port: 1 })).to.equal(true);
    expect(isTold(endpoint, { ip: '2001:db8::7', port: 2 })).to.equal(false);
    expect(isTold(undefined, { ip: '2001:db8::7', port: 1 })).to.equal(false);
  });
});
