import { expect } from 'chai';
import { systemClock } from '../../../common/model/clock.js';
import { ChainConnection } from '../../../coordinator/chain/network/connection.js';
import { readMetagraph } from '../../../coordinator/chain/metagraph/read-metagraph.js';
import { readBalance } from '../../../coordinator/chain/network/readers/account.js';
import { readStake, readUid } from '../../../coordinator/chain/network/readers/neurons.js';
import { readSubnets } from '../../../coordinator/chain/network/readers/subnets.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { ChainNode } from '../../support/chain/chain-node.js';
import { PLENTY, plantRaonet } from '../../support/chain/raonet.js';
import type { PlantedRaonet } from '../../support/chain/raonet.js';
import { expectReason } from '../../support/expect-reason.js';
import { waitFor } from '../../support/wait-for.js';

const TERMS = { connectMs: 2_000, callMs: 10_000, metadataMs: 20_000, lookMs: 500, silenceMs: 5_000 };
const TAO = 10n ** 9n;
const STRANGER = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

describe('reading from a chain of the real Subtensor runtime', function () {
  this.timeout(60_000);
  const stop = new AbortController();
  let node: ChainNode;
  let chain: ChainConnection;
  let planted: PlantedRaonet;
  let running: Promise<void>;

  before(async () => {
    node = await ChainNode.start();
    planted = await plantRaonet(node);
    chain = new ChainConnection(
      { network: 'raonet', endpoints: [node.url], genesisHash: undefined },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined, onNote: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
      },
    );
    running = chain.run(stop.signal);
    await waitFor('the chain', () => chain.state === 'ready');
  });
  after(async () => {
    stop.abort();
    await running;
    await node[Symbol.asyncDispose]();
  });

  it('has what an account holds, by address and by public key, and tells one that is not known', async () => {
    const { coldkey } = planted;
    const balance = await readBalance(chain, coldkey);
    expect(balance).to.include({ address: coldkey, exists: true, reserved: 0n, frozen: 0n, nonce: 2n });
    // A network costs 1 TAO here, and 100 are staked.
    expect(balance.free).to.equal(PLENTY - 101n * TAO);
    const hex = await chain.read('key', (api) => Promise.resolve(api.createType('AccountId', coldkey).toHex()));
    expect((await readBalance(chain, hex)).free).to.equal(balance.free);
    expect(await readBalance(chain, STRANGER)).to.include({ exists: false, free: 0n, nonce: 0n });
    for (const address of ['5Nonsense', `${coldkey.slice(0, -1)}x`, '0x12', ''])
      await expectReason(readBalance(chain, address), 'address_invalid');
  });

  it('has the subnets, with what their owners say made harmless', async () => {
    const { subnets } = await readSubnets(chain);
    expect(subnets.map(({ netuid }) => netuid)).to.deep.equal([0, 1, 2]);
    expect(subnets[2]).to.deep.equal({
      ...{
        netuid: 2,
        name: 'Evil\\u{1b}[2J\\u{202e} net',
        githubRepo: 'https://example/evil',
        contact: 'a\\u{d}\\u{a}b',
      },
      ...{ owner: planted.coldkey, neurons: 1, mostNeurons: 256, price: TAO, registrationOpen: true },
      ...{ tempo: subnets[2]?.tempo, hyperParameters: [] },
    });
  });

  it('has the hyper-parameters of one, and none that the runtime has not', async () => {
    const { subnets } = await readSubnets(chain, 2);
    const values = new Map(subnets[0]?.hyperParameters.map(({ name, value }) => [name, value]));
    expect(values.get('burn')).to.equal('1000000000');
    expect(values.get('networkRegistrationAllowed')).to.equal('true');
    expect(Number(values.get('tempo'))).to.be.greaterThan(0);
    expect(values.has('burnHalfLife')).to.equal(true);
    expect(values.get('burnHalfLife')).to.equal(undefined);
    await expectReason(readSubnets(chain, 77), 'subnet_not_found');
  });

  it('has all places of a subnet, with what this runtime has of each, and none of a subnet that is not there', async () => {
    const { coldkey, hotkey } = planted;
    const { neurons, pool, tempo, epochs, block } = await readMetagraph(chain, 2);
    expect(neurons).to.have.length(1);
    expect(neurons[0]).to.deep.include({
      uid: 0,
      hotkey,
      coldkey,
      validatorPermit: true,
      incentive: 0,
      endpoint: undefined,
    });
    expect(neurons[0]?.registeredAt).to.equal(2);
    expect(neurons[0]?.stake).to.equal(await readStake(chain, { coldkey, hotkey, netuid: 2 }));
    expect(pool.kind).to.equal('pool');
    expect((Number(epochs.next) + 2 + 1) % (Number(tempo) + 1)).to.equal(0);
    expect(epochs.next).to.be.greaterThan(block.number);
    expect((await readMetagraph(chain, 0)).pool).to.deep.equal({ kind: 'par' });
    await expectReason(readMetagraph(chain, 77), 'subnet_not_found');
  });

  it('has the uid of a hotkey, and the stake on it by the shares that each has of it', async () => {
    const { coldkey, hotkey } = planted;
    expect(await readUid(chain, 2, hotkey)).to.equal(0);
    expect(await readUid(chain, 2, STRANGER)).to.equal(undefined);
    expect(await readStake(chain, { coldkey, hotkey, netuid: 0 })).to.equal(100n * TAO);
    expect(await readStake(chain, { coldkey: STRANGER, hotkey, netuid: 0 })).to.equal(0n);
    expect(await readStake(chain, { coldkey, hotkey: STRANGER, netuid: 0 })).to.equal(0n);
  });
});
