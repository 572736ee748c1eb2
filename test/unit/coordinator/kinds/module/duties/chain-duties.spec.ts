import { expect } from 'chai';
import type { ModuleChain } from '../../../../../../common/model/module-spec.js';
import { silentLogger } from '../../../../../../common/observe/logger.js';
import type { Metagraph } from '../../../../../../coordinator/chain/metagraph/metagraph.js';
import { ChainDuties } from '../../../../../../coordinator/kinds/module/duties/index.js';
import type { DutiesParts } from '../../../../../../coordinator/kinds/module/duties/chain-duties.js';
import { CountedSubnet } from '../../../../../support/chain/counted-subnet.js';
import { sampleMetagraph, sampleNeuron, walletWith } from '../../../../../support/chain/metagraph-samples.js';
import { openFleetFixture } from '../../../../../support/fleet-fixture.js';
import type { FleetFixture } from '../../../../../support/fleet-fixture.js';
import { sampleMiner } from '../../../../../support/fleet-samples.js';

const BEST = 1_000;
/** Between two looks at one whose duties are done. */
const SETTLED_MS = 300_000;
const COLDKEY = addressOf('C');

describe('duties of many miners in one subnet', () => {
  let stop = new AbortController();
  let at: FleetFixture;
  let subnet: CountedSubnet;
  let kept: Metagraph | undefined;

  afterEach(() => stop.abort());

  /** Miners that have their places, which was seen; nothing of that was counted. */
  async function openWith(count: number): Promise<void> {
    stop.abort();
    stop = new AbortController();
    at = await openFleetFixture();
    subnet = new CountedSubnet(COLDKEY, BEST);
    kept = undefined;
    const hotkeys = Array.from({ length: count }, (_, uid) => addressOf('H', uid));
    for (const [uid, hotkey] of hotkeys.entries()) subnet.uids.set(hotkey, uid);
    at.fleet.transact((tx) => {
      tx.putWallet({ ...walletWith(...hotkeys), address: COLDKEY });
      for (const hotkey of hotkeys) {
        const module = { name: 'm', role: 'miner', commit: 'c', settings: {}, secrets: {}, env: {}, args: [] };
        tx.putMiner(sampleMiner({ kind: 'module', name: hotkey, module: { ...module, chain: dutiesOf(hotkey) } }));
      }
    });
    const parts = {
      ...{ fleet: at.fleet, clock: at.clock, newId: () => 'key', logger: silentLogger },
      networks: { find: () => subnet.chain },
      wallets: {
        get: () => ({ address: COLDKEY, proxyFor: undefined, custody: 'key' }),
        hotkey: (_wallet: string, name: string) => ({ address: name }),
        unlockedUntilMs: () => Number.MAX_SAFE_INTEGER,
      },
      payer: { pay: () => Promise.resolve(subnet.calls.push('pay')) },
      metagraphs: { last: () => kept && { metagraph: kept, atMs: 0 } },
    };
    void new ChainDuties(parts as unknown as DutiesParts).start(stop.signal); // as far as they are used
    await at.clock.advanceAsync(4_000);
    expect(reasons()).to.deep.equal(['duties_done']);
    subnet.calls.length = 0;
  }

  const reasons = () => [...new Set([...at.fleet.miners()].map(({ admission }) => admission?.reason))];

  it('are seen to be done by one reading for all, however many they are', async () => {
    const counts: number[] = [];
    for (const count of [2, 50]) {
      await openWith(count);
      await at.clock.advanceAsync(SETTLED_MS);
      expect(subnet.calls).to.include.members(['uids.multi', 'owner.multi', 'axons.multi']).and.not.include('uids');
      expect(reasons()).to.deep.equal(['duties_done']);
      counts.push(subnet.calls.length);
    }
    // One reading of the hotkeys, four calls, and one of who is to be pruned.
    expect(counts).to.deep.equal([5, 5]);
  });

  it('are seen to be done in the metagraph that is kept, for as long as that is fresh', async () => {
    await openWith(50);
    const neurons = [...subnet.uids].map(([hotkey, uid]) => sampleNeuron({ uid, hotkey, coldkey: COLDKEY }));
    kept = sampleMetagraph({ block: { number: BEST - 20, hash: '0x' }, neurons });
    await at.clock.advanceAsync(SETTLED_MS);
    expect(subnet.calls).to.deep.equal(['getHeader']); // who is to be pruned
    kept = { ...kept, block: { number: BEST - 21, hash: '0x' } };
    await at.clock.advanceAsync(SETTLED_MS);
    expect(subnet.calls).to.include('uids.multi');
    expect(reasons()).to.deep.equal(['duties_done']);
  });

  it('are told by the chain itself where a glance finds something else, and before anything is paid', async () => {
    await openWith(3);
    const [lost = '', hidden = ''] = subnet.uids.keys();
    const neurons = [...subnet.uids].slice(2).map(([hotkey, uid]) => sampleNeuron({ uid, hotkey, coldkey: COLDKEY }));
    kept = sampleMetagraph({ block: { number: BEST, hash: '0x' }, neurons });
    subnet.uids.delete(lost);
    await at.clock.advanceAsync(SETTLED_MS);
    expect(at.fleet.miner(hidden)?.admission?.reason).to.equal('duties_done');
    expect(at.fleet.miner(lost)?.admission?.reason).to.equal('registration_pending');
    const asked = subnet.calls.filter((name) => name === 'uids' || name === 'pay');
    // Each of the two was read once, and that which is to be registered once more right before it is paid for.
    expect(asked).to.have.members(['uids', 'uids', 'uids', 'pay']);
    expect(asked.slice(0, asked.indexOf('pay')).length).to.be.greaterThan(1);
  });
});

/** Well formed, for what is read. */
function addressOf(kind: string, at = 0): string {
  const digits = Array.from(String(at), (digit) => 'ABCDEFGHJK'[Number(digit)]).join('');
  return `5${kind}${digits}`.padEnd(48, 'x');
}

function dutiesOf(hotkey: string): ModuleChain {
  const register = { highestPrice: '10', again: 'when_pruned' } as const;
  return { network: 'net', netuid: 7, wallet: 'pay', hotkey, leastStake: '0', register, serve: undefined };
}
