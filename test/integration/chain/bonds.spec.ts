import { expect } from 'chai';
import { systemClock } from '../../../common/model/clock.js';
import { buildCall } from '../../../coordinator/chain/extrinsics/build-call.js';
import { ChainConnection } from '../../../coordinator/chain/network/connection.js';
import { PolkadotSession } from '../../../coordinator/chain/network/session.js';
import { bondChainOf, prepareBond, readBond } from '../../../coordinator/chain/stake/index.js';
import type { BondOperation } from '../../../coordinator/chain/stake/index.js';
import { MetadataChain } from '../../support/chain/metadata-chain.js';
import { RECORDED } from '../../support/chain/recorded-runtimes.js';
import { waitFor } from '../../support/wait-for.js';

const TERMS = { connectMs: 5_000, callMs: 10_000, metadataMs: 30_000, lookMs: 200, silenceMs: 5_000 };
const TOKEN = { symbol: 'UNIT', decimals: 10 };
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const UNIT = 10n ** 10n;

describe('bonds by the metadata of real chains', function () {
  this.timeout(60_000);
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function connected(runtime: keyof typeof RECORDED) {
    const node = await MetadataChain.serve(RECORDED[runtime]);
    const stop = new AbortController();
    const chain = new ChainConnection(
      { network: 'relay', endpoints: [node.url], genesisHash: undefined },
      {
        ...{ clock: systemClock, random: () => 0, onGenesis: () => undefined, onNote: () => undefined },
        open: (aim, signal) => PolkadotSession.open(aim, { clock: systemClock, terms: TERMS }, signal),
      },
    );
    const running = chain.run(stop.signal);
    ends.push(async () => {
      stop.abort();
      await running;
      await node[Symbol.asyncDispose]();
    });
    await waitFor('the chain', () => chain.best !== undefined);
    const able = bondChainOf(chain);
    if (able === undefined) throw new Error('the chain takes bonds');
    const written = (address: string): string => node.api.createType('AccountId', address).toString();
    /** The call of an operation, as the bytes that the metadata's own types make of it read. */
    const called = async (operation: BondOperation): Promise<string> => {
      const { call } = await prepareBond(chain, operation, able, { coldkey: ALICE, bondOpen: false, token: TOKEN });
      const bytes = await chain.read('a call', (api) =>
        Promise.resolve(buildCall(api, call, undefined).method.toHex()),
      );
      const { section, method, args } = node.api.createType('Call', bytes);
      return `${section}.${method} ${JSON.stringify(args.map((arg) => arg.toJSON()))}`;
    };
    return { node, chain, able, written, called };
  }

  for (const runtime of ['polkadot', 'assetHub'] as const)
    it(`are made and read on ${runtime}, whose bonds control themselves`, async () => {
      const { node, chain, able, written, called } = await connected(runtime);
      const [alice, bob] = [ALICE, BOB].map(written);
      expect(able).to.deep.equal({ network: 'relay', bonding: 'own', nominating: true });
      node.set('system', 'account', [ALICE], { providers: 1, data: { free: 100n * UNIT } });
      node.newBlock();
      const rewardsTo = { account: BOB };
      expect(await called({ kind: 'add', amount: 7n * UNIT, rewardsTo })).to.equal(
        `staking.bond ${JSON.stringify([7e10, { account: bob }])}`,
      );
      const unlocking = [
        { value: 2n * UNIT, era: 10 },
        { value: 3n * UNIT, era: 11 },
      ];
      node.set('staking', 'bonded', [ALICE], ALICE);
      node.set('staking', 'ledger', [ALICE], { stash: ALICE, total: 12n * UNIT, active: 7n * UNIT, unlocking });
      node.set('staking', 'payee', [ALICE], rewardsTo);
      node.set('staking', 'nominators', [ALICE], { targets: [BOB], submittedIn: 3, suppressed: false });
      // What is planned is not begun: an era counts once both have come to it.
      node.set('staking', 'currentEra', [], 11);
      node.set('staking', 'activeEra', [], { index: 10, start: null });
      node.newBlock();
      const { bond, era } = await readBond(chain, ALICE);
      expect(era).to.equal(10);
      expect(bond).to.deep.equal({
        ...{ stash: alice, controller: alice, total: 12n * UNIT, active: 7n * UNIT, rewardsTo: bob },
        ...{ nominations: [bob], validates: false },
        unlocking: [
          { amount: 2n * UNIT, era: 10, free: true, freeAtMs: undefined },
          { amount: 3n * UNIT, era: 11, free: false, freeAtMs: undefined },
        ],
      });
      expect(await called({ kind: 'add', amount: UNIT })).to.equal(`staking.bondExtra [${String(UNIT)}]`);
      expect(await called({ kind: 'remove', amount: UNIT })).to.equal(`staking.unbond [${String(UNIT)}]`);
      expect(await called({ kind: 'withdraw' })).to.equal('staking.withdrawUnbonded [0]');
      node.set('staking', 'validators', [BOB], { commission: 0, blocked: false });
      node.newBlock();
      expect(await called({ kind: 'nominate', validators: [BOB] })).to.equal(
        `staking.nominate ${JSON.stringify([[{ id: bob }]])}`,
      );
      node.set('staking', 'validators', [BOB], { commission: 0, blocked: true });
      node.newBlock();
      const refused = await called({ kind: 'nominate', validators: [BOB] }).catch((error: unknown) => error);
      expect(refused).to.include({ reason: 'stake_invalid' });
    });

  it('have a controller where the chain wants one, and slashes that are to be cleared away', async () => {
    const { node, chain, able, written, called } = await connected('kusamaOld');
    const [alice, bob] = [ALICE, BOB].map(written);
    expect(able.bonding).to.equal('controlled');
    node.set('system', 'account', [ALICE], { providers: 1, data: { free: 100n * UNIT } });
    node.newBlock();
    expect(await called({ kind: 'add', amount: 7n * UNIT })).to.equal(
      `staking.bond ${JSON.stringify([{ id: alice }, 7e10, { staked: null }])}`,
    );
    const unlocking = [{ value: 2n * UNIT, era: 10 }];
    node.set('staking', 'ledger', [ALICE], { stash: BOB, total: 9n * UNIT, active: 7n * UNIT, unlocking });
    node.set('staking', 'bonded', [BOB], ALICE);
    node.set('staking', 'slashingSpans', [BOB], { spanIndex: 2, lastStart: 2, lastNonzeroSlash: 1, prior: [1, 1] });
    node.set('staking', 'currentEra', [], 10);
    node.set('staking', 'activeEra', [], { index: 10, start: 0 });
    node.newBlock();
    for (const account of [ALICE, BOB])
      expect((await readBond(chain, account)).bond).to.include({ stash: bob, controller: alice, active: 7n * UNIT });
    expect(await called({ kind: 'withdraw' })).to.equal('staking.withdrawUnbonded [3]');
    const refused = await called({ kind: 'add', amount: UNIT }).catch((error: unknown) => error);
    expect(refused).to.include({ reason: 'bond_of_another' });
  });
});
