import { join } from 'node:path';
import { expect } from 'chai';
import type { ListStakeResponse } from '../../common/gen/headframe/v1/stake_service_pb.js';
import { UNLOCK_ERAS, bondingPallet, ledgerOf } from '../support/chain/bonding-pallet.js';
import { MetadataChain } from '../support/chain/metadata-chain.js';
import { RECORDED } from '../support/chain/recorded-runtimes.js';
import { TestFleet } from '../support/programs.js';
import { makeTempDir } from '../support/temp-dir.js';
import { waitFor } from '../support/wait-for.js';

const PASSPHRASE = 'twelve geese over the bay';
const UNIT = 10 ** 10;
const ERA = 1_000;
/** By that metadata: a session of 20 blocks of 6 s. */
const ERA_MS = 120_000;
const BEGUN_MS = Date.UTC(2025, 0, 1);

interface Failure {
  readonly error: {
    readonly reason: string;
    readonly remedy: string;
    readonly metadata: Readonly<Record<string, string>>;
    readonly violations?: readonly { readonly path: string }[];
  };
}

/** With texts in the place of large numbers, as JSON has them. */
type BondWord = Omit<NonNullable<ListStakeResponse['bond']>, '$typeName'>;

describe('a bond on a chain with the metadata of Polkadot', function () {
  this.timeout(120_000);
  let temp: AsyncDisposable;
  let fleet: TestFleet;
  let chain: MetadataChain;
  /** As Headframe writes it, and as the chain does. */
  let address: string;
  let stash: string;
  let validator: string;

  before(async () => {
    const made = await makeTempDir();
    temp = made;
    fleet = new TestFleet(made.path);
    chain = await MetadataChain.serve(RECORDED.polkadot, bondingPallet);
    await fleet.startCoordinator();
    const keys = `--hotkey one --mnemonic-out ${join(made.path, 'words')} --passphrase-file -`;
    const { wallet } = await ran<{ wallet: { address: string; hotkeys: { address: string }[] } }>(
      `wallets create cold ${keys}`,
      PASSPHRASE,
    );
    address = wallet.address;
    stash = chain.api.createType('AccountId', address).toString();
    validator = wallet.hotkeys[0]?.address ?? '';
    chain.set('system', 'account', [stash], { providers: 1, data: { free: 1_000 * UNIT } });
    setEra(ERA);
    chain.newBlock();
    await ran(`networks add relay --endpoint ${chain.url}`);
    await waitFor('the network', async () => {
      const { network } = await fleet.networks.getNetwork({ name: 'relay' });
      return network?.reason === 'network_ready';
    });
    await ran('wallets unlock cold --passphrase-file -', PASSPHRASE);
    await ran('wallets caps cold --network relay --per-call 500 --per-day 2000');
  });
  after(async () => {
    await fleet.endPrograms();
    await chain[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  function setEra(era: number): void {
    chain.set('staking', 'currentEra', [], era);
    chain.set('staking', 'activeEra', [], { index: era, start: BEGUN_MS });
  }

  async function ran<T>(line: string, input = ''): Promise<T> {
    const { code, stdout, stderr } = await fleet.headframe(['-o', 'json', ...line.split(' ')], input);
    expect(code, `${line}: ${stderr}`).to.equal(0);
    return JSON.parse(stdout) as T; // what the command is documented to print
  }

  async function refused(line: string): Promise<string> {
    const { code, stderr } = await fleet.headframe(['-o', 'json', ...line.split(' ')]);
    expect(code, line).not.to.equal(0);
    const { reason, remedy, metadata, violations = [] } = (JSON.parse(stderr) as Failure).error; // by -o json
    expect(remedy, line).not.to.equal('');
    return [reason, metadata.class, ...violations.map(({ path }) => path)].join(' ');
  }

  async function bond(): Promise<BondWord | undefined> {
    return (await ran<{ bond?: BondWord }>('stake show relay --wallet cold')).bond;
  }

  const made = (): string[] => chain.made.map(({ name, args }) => `${name} ${JSON.stringify(args)}`);
  const units = (count: number): string => String(count * UNIT);

  it('is told by a dry run, made, added to once under a key, and shown', async () => {
    expect(await bond()).to.equal(undefined);
    expect(await refused('stake remove relay 1 --wallet cold')).to.equal('stake_too_low amount amount');
    await ran('stake add relay 100 --wallet cold --dry-run');
    expect(made()).to.deep.equal([]);
    await ran('stake add relay 100 --wallet cold --key first');
    await ran('stake add relay 50 --wallet cold --key more');
    // What is asked for again is what was asked for: the call of then, whatever the chain holds by now.
    await ran('stake add relay 100 --wallet cold --key first');
    expect(made()).to.deep.equal([`staking.bond [${units(100)},{"staked":null}]`, `staking.bondExtra [${units(50)}]`]);
    expect(await bond()).to.deep.include({
      ...{ stash, controller: stash, totalPlanck: units(150), activePlanck: units(150), rewardsTo: 'Staked' },
      ...{ era: ERA, unlockEras: UNLOCK_ERAS },
    });
  });

  it('nominates validators alone, and is not left too small for that', async () => {
    expect(await refused(`stake nominate relay ${validator} --wallet cold`)).to.equal('stake_invalid never validators');
    chain.set('staking', 'validators', [validator], { commission: 0, blocked: false });
    chain.set('staking', 'minNominatorBond', [], 100 * UNIT);
    chain.newBlock();
    await ran(`stake nominate relay ${validator} --wallet cold`);
    const written = chain.api.createType('AccountId', validator).toString();
    expect((await bond())?.nominations).to.deep.equal([written]);
    expect(await refused('stake remove relay 60 --wallet cold')).to.equal('bond_in_use amount amount');
    await ran('stake nominate relay --none --wallet cold');
    expect(made().at(-1)).to.equal('staking.chill []');
  });

  it('is removed, locked until its era has come, and then taken back', async () => {
    await ran('stake remove relay all --wallet cold');
    expect(made().at(-1)).to.equal(`staking.unbond [${units(150)}]`);
    const locked = await bond();
    const freeAtMs = BEGUN_MS + UNLOCK_ERAS * ERA_MS;
    const part = { amountPlanck: units(150), era: ERA + UNLOCK_ERAS };
    expect(locked?.unlocking).to.deep.equal([{ ...part, free: false, freeAtMs }]);
    expect(await refused('stake withdraw relay --wallet cold')).to.equal('stake_unlocking wait_poll network');
    setEra(ERA + UNLOCK_ERAS);
    chain.newBlock();
    expect(await bond()).to.deep.include({ withdrawablePlanck: units(150), unlocking: [{ ...part, free: true }] });
    await ran('stake withdraw relay --wallet cold');
    expect(made().at(-1)).to.equal('staking.withdrawUnbonded [0]');
    expect(ledgerOf(chain, stash)?.total).to.equal(0);
  });

  it('is neither moved nor on a hotkey, and what the chain refuses is told by its name', async () => {
    expect(await refused('stake move relay 1 --hotkey one --to-hotkey one --wallet cold')).to.equal(
      'chain_lacks never',
    );
    expect(await refused('stake add relay 1 --hotkey one --wallet cold')).to.equal('stake_invalid never hotkey');
    expect(await refused('stake add relay 1 --netuid 3 --wallet cold')).to.equal('stake_invalid never netuid');
    expect(await refused('stake add relay 1 --slippage 1% --wallet cold')).to.equal('stake_invalid never limit');
    expect(await refused('stake add relay 1 --rewards-to stash --wallet cold')).to.equal(
      'stake_invalid never rewards_to',
    );
    chain.set('staking', 'ledger', [stash], undefined);
    chain.newBlock();
    // To Headframe there is none, and the chain knows better: it is bonded still.
    const { stderr } = await fleet.headframe('stake add relay 5 --wallet cold'.split(' '));
    expect(stderr).to.contain('staking.AlreadyBonded');
  });
});
