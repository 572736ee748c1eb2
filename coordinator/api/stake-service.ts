import type { ListStakeRequest, StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { blockToWire } from '../../common/wire/client.js';
import { bondChainOf, readBond, readPositions, stakeInvalid, withdrawableOf } from '../chain/stake/index.js';
import type { ShownBond, StakePosition } from '../chain/stake/index.js';
import { coldkeyOf, hotkeyNames, meantAddress, meantHotkey } from '../chain/wallets/index.js';
import { tokenOf } from './intent-views.js';
import { keptWallets } from './kept-wallets.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';
import { stakePayingHandlers } from './stake-paying.js';
import { stakePolicyHandlers } from './stake-policies.js';

type Service = ServiceImplementation<typeof StakeService>;
type Parts = Pick<HandlerParts, 'fleet' | 'networks' | 'wallets' | 'payer' | 'newId' | 'stakePolicies'>;

/** The service of stake on hotkeys. */
export function stakeService(parts: Parts): Service {
  return { ...readingHandlers(parts), ...stakePayingHandlers(parts), ...stakePolicyHandlers(parts) };
}

function readingHandlers(parts: Pick<Parts, 'fleet' | 'networks' | 'wallets'>): Pick<Service, 'listStake'> {
  const { fleet, networks } = parts;
  return {
    listStake: async ({ network, owner, hotkey: said, netuid }) => {
      const chain = networks.find(network);
      const wallet = owner.case === 'wallet' ? keptWallets(parts).get(owner.value) : undefined;
      const coldkey = wallet === undefined ? await coldkeyIn(owner) : coldkeyOf(wallet);
      if (bondChainOf(chain) !== undefined) {
        requireNoPlace(said, netuid);
        return { coldkey, ...bondToWire(await readBond(chain, coldkey)), ...tokenOf(networks, network) };
      }
      const hotkey = said === '' ? undefined : (await meantHotkey(fleet, said, { wallet, path: 'hotkey' })).address;
      const asked = { coldkey, hotkeys: hotkeysOf(wallet), hotkey, netuid };
      const { positions, block } = await readPositions(chain, asked);
      const names = hotkeyNames(fleet);
      return {
        coldkey,
        positions: positions.map((position) => positionToWire(position, names)),
        block: blockToWire(block),
        ...tokenOf(networks, network),
      };
    },
  };
}

async function coldkeyIn(owner: ListStakeRequest['owner']): Promise<string> {
  if (owner.case === 'coldkey') return meantAddress(owner.value, 'coldkey');
  throw invalidRequest({ path: 'wallet', expected: 'a wallet, or the address of a coldkey' });
}

function hotkeysOf(wallet: WalletRecord | undefined): string[] {
  return wallet?.hotkeys.map(({ address }) => address) ?? [];
}

function positionToWire(
  { hotkey, netuid, amount, ownToken, registered, quote }: StakePosition,
  names: ReadonlyMap<string, string>,
) {
  return {
    ...{ hotkey, netuid, ownToken, amountPlanck: String(amount), hotkeyName: names.get(hotkey) ?? '' },
    ...(registered === undefined ? {} : { registered }),
    ...(quote === undefined ? {} : quoteToWire(quote)),
  };
}

function quoteToWire({ price, value, gets }: NonNullable<StakePosition['quote']>) {
  return { pricePlanck: String(price), valuePlanck: String(value), afterSlippagePlanck: String(gets) };
}

function requireNoPlace(hotkey: string, netuid: number | undefined): void {
  const [path, value] = hotkey === '' ? ['netuid', netuid ?? 0] : ['hotkey', hotkey.slice(0, 80)];
  if (value === 0) return;
  const expected = 'nothing: stake is a bond of the coldkey itself on this chain';
  throw stakeInvalid({ path, value: String(value), expected, remedy: 'Leave it out.' });
}

function bondToWire({ bond, era, unlockEras, block }: ShownBond) {
  const at = { block: blockToWire(block) };
  if (bond === undefined) return at;
  const { total, active, unlocking, rewardsTo = '', ...plain } = bond;
  return {
    ...at,
    bond: {
      ...{ ...plain, nominations: [...plain.nominations], era, rewardsTo },
      ...{ totalPlanck: String(total), activePlanck: String(active), withdrawablePlanck: String(withdrawableOf(bond)) },
      ...(unlockEras === undefined ? {} : { unlockEras }),
      unlocking: unlocking.map(({ amount, freeAtMs, ...part }) => ({
        ...{ ...part, amountPlanck: String(amount) },
        ...(freeAtMs === undefined ? {} : { freeAtMs: BigInt(freeAtMs) }),
      })),
    },
  };
}
