import type { CarryOut, MetadataChain } from './metadata-chain.js';

/** As the library writes a ledger in JSON. */
interface Ledger {
  readonly stash: string;
  readonly total: number;
  readonly active: number;
  readonly unlocking: readonly { readonly value: number; readonly era: number }[];
}

type Change = (signer: string, chain: MetadataChain, args: readonly unknown[]) => ReturnType<CarryOut>;

/** Eras of this chain that what is unbonded stays locked. */
export const UNLOCK_ERAS = 28;

/**
 * What the pallet Staking does for one who bonds: its rules of bonds alone, as
 * https://paritytech.github.io/polkadot-sdk/master/pallet_staking/ tells them. Amounts are small enough for numbers.
 */
export const bondingPallet: CarryOut = ({ name, args, signer }, chain) => {
  const change = CHANGES[name];
  if (change === undefined) throw new Error(`this chain carries out no ${name}`);
  return change(signer, chain, args);
};

/** The ledger of a stash that controls itself; undefined for none. */
export function ledgerOf(chain: MetadataChain, stash: string): Ledger | undefined {
  return (chain.get('staking', 'ledger', stash) ?? undefined) as Ledger | undefined; // as the metadata has it
}

const CHANGES: Readonly<Record<string, Change>> = {
  'staking.bond': (stash, chain, [value, payee]) => {
    if (chain.get('staking', 'bonded', stash) !== null) return { error: 'staking.AlreadyBonded' };
    chain.set('staking', 'bonded', [stash], stash);
    chain.set('staking', 'payee', [stash], payee);
    return put(chain, { stash, total: Number(value), active: Number(value), unlocking: [] }, 'Bonded', Number(value));
  },
  'staking.bondExtra': (stash, chain, [value]) => {
    const ledger = ledgerOf(chain, stash);
    if (ledger === undefined) return { error: 'staking.NotStash' };
    const more = Number(value);
    return put(chain, { ...ledger, total: ledger.total + more, active: ledger.active + more }, 'Bonded', more);
  },
  'staking.unbond': (stash, chain, [value]) => {
    const ledger = ledgerOf(chain, stash);
    if (ledger === undefined) return { error: 'staking.NotController' };
    const active = ledger.active - Number(value);
    if (active === 0 && chain.get('staking', 'nominators', stash) !== null)
      return { error: 'staking.InsufficientBond' };
    const era = Number(chain.get('staking', 'currentEra')) + UNLOCK_ERAS;
    const unlocking = [...ledger.unlocking, { value: Number(value), era }];
    return put(chain, { ...ledger, active, unlocking }, 'Unbonded', Number(value));
  },
  'staking.withdrawUnbonded': (stash, chain) => {
    const ledger = ledgerOf(chain, stash);
    if (ledger === undefined) return { error: 'staking.NotController' };
    const now = Number(chain.get('staking', 'currentEra'));
    const unlocking = ledger.unlocking.filter(({ era }) => era > now);
    const total = ledger.active + unlocking.reduce((sum, { value }) => sum + value, 0);
    return put(chain, { ...ledger, total, unlocking }, 'Withdrawn', ledger.total - total);
  },
  'staking.nominate': (stash, chain, [targets]) => {
    const submittedIn = chain.get('staking', 'currentEra');
    const accounts = (targets as readonly { readonly id: string }[]).map(({ id }) => id); // multi-addresses
    chain.set('staking', 'nominators', [stash], { targets: accounts, submittedIn, suppressed: false });
    return [];
  },
  'staking.chill': (stash, chain) => {
    chain.set('staking', 'nominators', [stash], undefined);
    return [['staking.Chilled', stash]];
  },
};

/** Keeps a ledger, and locks what is bonded of the account. */
function put(chain: MetadataChain, ledger: Ledger, event: string, amount: number): ReturnType<CarryOut> {
  const { stash, total } = ledger;
  chain.set('staking', 'ledger', [stash], ledger);
  const account = chain.get('system', 'account', stash) as { readonly data: object }; // it has signed
  chain.set('system', 'account', [stash], { ...account, data: { ...account.data, frozen: total } });
  return [[`staking.${event}`, stash, amount]];
}
