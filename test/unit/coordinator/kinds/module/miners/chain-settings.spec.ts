import { expect } from 'chai';
import type { ModuleChain } from '../../../../../../common/model/module-spec.js';
import type { NetworkRecord } from '../../../../../../common/model/network.js';
import { chainSettings } from '../../../../../../coordinator/kinds/module/miners/chain-settings.js';

const CHAIN: ModuleChain = {
  ...{ network: 'main', netuid: 7, wallet: 'w', hotkey: 'h' },
  ...{ register: undefined, serve: undefined, leastStake: '0' },
};

describe('settings that follow from a chain', () => {
  it('are given by all the names that modules use', () => {
    const settings = chainSettings(CHAIN, networkAt('ws://127.0.0.1:9944'));
    expect(settings.get('--netuid')).to.equal('7');
    expect(settings.get('HOTKEY_NAME')).to.equal('h');
    expect(settings.get('--subtensor.chain_endpoint')).to.equal('ws://127.0.0.1:9944');
  });

  it('leave out endpoints that might hold a key, which would be seen in manifests and listings', () => {
    const withKey = 'wss://rpc.example/v1/0123456789abcdef0123456789abcdef';
    const settings = chainSettings(CHAIN, networkAt(withKey, 'wss://rpc.example/?apikey=x', 'wss://open.example'));
    expect(settings.get('CHAIN_ENDPOINT')).to.equal('wss://open.example');
    expect(chainSettings(CHAIN, networkAt(withKey)).has('CHAIN_ENDPOINT')).to.equal(false);
  });
});

function networkAt(...endpoints: string[]): NetworkRecord {
  return { name: 'main', endpoints, genesisHash: '', labels: {}, createdAtMs: 0, updatedAtMs: 0 };
}
