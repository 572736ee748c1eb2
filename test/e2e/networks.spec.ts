import { expect } from 'chai';
import { NetworkState } from '../../common/gen/headframe/v1/network_service_pb.js';
import type { Network } from '../../common/gen/headframe/v1/network_service_pb.js';
import { BareApi } from '../support/chain/bare-api.js';
import { ChainNode } from '../support/chain/chain-node.js';
import { plantRaonet } from '../support/chain/raonet.js';
import type { PlantedRaonet } from '../support/chain/raonet.js';
import { freePort } from '../support/free-port.js';
import { RunningFleet } from '../support/running-fleet.js';

describe('networks by the command line', function () {
  this.timeout(60_000);
  let node: ChainNode;
  let fleet: RunningFleet;
  let planted: PlantedRaonet;

  before(async () => {
    [node, fleet] = await Promise.all([ChainNode.start(), RunningFleet.open({}, {})]);
    planted = await plantRaonet(node);
  });
  after(async () => {
    await fleet.close();
    await node[Symbol.asyncDispose]();
  });

  async function headframe(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await fleet.headframe(args);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  async function refused(reason: string, ...args: readonly string[]): Promise<void> {
    const { code, stderr } = await fleet.headframe([...args, '-o', 'json']);
    expect(code).not.to.equal(0);
    expect(stderr).to.contain(reason);
  }

  async function shown(name: string): Promise<Network> {
    const { network } = await fleet.networks.getNetwork({ name });
    if (network === undefined) throw new Error(`no network ${name}`);
    return network;
  }

  const standing = (name: string, state: NetworkState): Promise<Network> =>
    fleet.until(`${name} to stand so`, async () => {
      const network = await shown(name);
      return network.state === state && network;
    });

  it('are refused with a reason where they cannot be', async () => {
    await refused('network_invalid', 'networks', 'add', 'raonet', '--endpoint', 'http://127.0.0.1:1');
    await refused('network_invalid', 'networks', 'add', 'Rao_net', '--endpoint', node.url);
    await refused('network_invalid', 'networks', 'add', 'raonet', '--endpoint', node.url, '--genesis', '0x12');
    await refused('network_not_found', 'networks', 'show', 'raonet');
    expect(await headframe('networks', 'ls')).to.contain('No networks.');
  });

  it('are connected to by the endpoint that answers, and say what the chain has and has not', async () => {
    const dead = `ws://127.0.0.1:${String(await freePort())}/?key=hush`;
    await headframe('networks', 'add', 'raonet', '--endpoint', dead, '--endpoint', node.url, '-l', 'tier=test');
    await refused('network_exists', 'networks', 'add', 'raonet', '--endpoint', node.url);
    await standing('raonet', NetworkState.READY);
    const { genesisHash } = await fleet.until('the chain to be pinned', async () => {
      const network = await shown('raonet');
      return network.genesisHash !== '' && network;
    });
    expect(genesisHash).to.match(/^0x[0-9a-f]{64}$/);
    const text = await headframe('networks', 'show', 'raonet');
    for (const said of [
      'bittensor',
      'node-subtensor 218',
      'TAO',
      'stake by subnet',
      'no highest price',
      'no pallet Staking',
    ])
      expect(text).to.contain(said);
    expect(text).not.to.contain('hush');
    expect(await headframe('networks', 'ls')).to.match(/raonet +ready +bittensor +node-subtensor 218/);
  });

  it('show subnets and balances as they are on the chain', async () => {
    const all = await headframe('networks', 'subnets', 'raonet');
    expect(all).to.contain('https://example/evil').and.to.contain('Evil\\u{1b}[2J').and.not.to.contain('\u001b[2J');
    const one = await headframe('networks', 'subnets', 'raonet', '--netuid', '2');
    expect(one)
      .to.contain(planted.coldkey)
      .and.to.match(/price: +1 TAO/)
      .and.to.match(/burnHalfLife: +not available/);
    expect(await headframe('networks', 'metagraph', 'raonet', '2')).to.match(
      new RegExp(`0 +${planted.hotkey} +[0-9.,]+ alpha`),
    );
    await refused('subnet_not_found', 'networks', 'metagraph', 'raonet', '77');
    await refused('subnet_not_found', 'networks', 'subnets', 'raonet', '--netuid', '77');
    expect(await headframe('networks', 'balance', 'raonet', planted.coldkey)).to.match(/free: +9,899 TAO/);
    await refused('address_invalid', 'networks', 'balance', 'raonet', 'nobody');
  });

  it('suggest the modules that their subnets name, of which none is added by itself', async () => {
    const named = { subnetName: 'Translator', githubRepo: 'github.com/owner/translator/', subnetContact: '' };
    await node.setStorage({ SubtensorModule: { SubnetIdentities: [[[1], named]] } });
    const { suggestions } = JSON.parse(await headframe('modules', 'refresh', '--network', 'raonet', '-o', 'json')) as {
      suggestions: unknown;
    }; // as printed
    const evil = { netuid: 2, subnet: 'Evil\\u{1b}[2J\\u{202e} net', url: 'https://example/evil', name: 'evil' };
    expect(suggestions).to.deep.equal([
      {
        netuid: 1,
        subnet: 'Translator',
        url: 'https://github.com/owner/translator',
        name: 'translator',
        added: '',
        usable: true,
      },
      { ...evil, added: '', usable: true },
    ]);
    await using chain = await BareApi.open(node.url);
    const said = (await chain.read('subtensorModule', 'subnetIdentities', 2)) as { githubRepo: string }; // as the runtime has it
    expect(Buffer.from(said.githubRepo.slice(2), 'hex').toString()).to.equal(evil.url);
    expect(await headframe('modules', 'ls')).to.contain('No modules.');
    await refused('subnet_not_found', 'modules', 'add', 'x', '--network', 'raonet', '--netuid', '77');
  });

  it('are there though nothing answers, and say why', async () => {
    await headframe('networks', 'add', 'nowhere', '--endpoint', `ws://127.0.0.1:${String(await freePort())}`);
    await standing('nowhere', NetworkState.AWAY);
    expect((await shown('nowhere')).reason).to.equal('endpoint_unreachable');
    await refused('chain_away', 'networks', 'subnets', 'nowhere');
    await headframe('networks', 'add', 'other', '--endpoint', node.url, '--genesis', `0x${'ab'.repeat(32)}`);
    await standing('other', NetworkState.AWAY);
    expect((await shown('other')).reason).to.equal('wrong_chain');
  });

  it('are kept across a restart of the coordinator, and removed', async () => {
    await fleet.coordinator.end('SIGTERM');
    await fleet.startCoordinator();
    await standing('raonet', NetworkState.READY);
    for (const name of ['raonet', 'nowhere', 'other']) await headframe('networks', 'rm', name, '--yes');
    expect(await headframe('networks', 'ls')).to.contain('No networks.');
    await refused('network_not_found', 'networks', 'rm', 'raonet', '--yes');
  });
});
