import {
  hotkeyOfAnother,
  notOnThisChain,
  priceTooHigh,
  registrationClosed,
  rootRefused,
  subnetNotFound,
  tooSoon,
} from './refusals.js';
import type { Place } from './refusals.js';

/** On what terms a subnet takes a hotkey in, at one block. What the chain does not have is undefined. */
export interface RegistrationTerms {
  readonly best: number;
  readonly exists: boolean;
  readonly open: boolean | undefined;
  /** In the base token's smallest unit. */
  readonly price: bigint | undefined;
  /** Of the hotkey, where it is registered. */
  readonly uid: number | undefined;
  /** Coldkey that the hotkey belongs to where that is another than the one that asks. */
  readonly otherOwner: string | undefined;
  /** Registrations since a block, and how many of them a number of blocks allows. */
  readonly interval:
    { readonly registered: number; readonly most: number; readonly since: number; readonly blocks: number } | undefined;
}

/** What is wanted of a subnet. */
export interface RegistrationWish extends Place {
  /** SS58 of the coldkey that the hotkey is to belong to. */
  readonly coldkey: string;
  readonly highest: bigint;
}

/** Registered already, by its uid; or to be registered, for a price. */
export type RegistrationVerdict = { readonly uid: number } | { readonly price: bigint };

/**
 * Whether a hotkey is to be registered now. Throws `HeadframeError`, with the class of what is to be done: 'root_network',
 * 'subnet_not_found', 'hotkey_of_another', 'registration_closed', 'too_soon', 'price_above_highest', 'chain_lacks'. Pure.
 */
export function judgeRegistration(terms: RegistrationTerms, wish: RegistrationWish): RegistrationVerdict {
  const { best, uid, otherOwner, price, interval } = terms;
  if (wish.netuid === 0) throw rootRefused();
  if (!terms.exists) throw subnetNotFound(wish);
  if (otherOwner !== undefined) throw hotkeyOfAnother(wish, otherOwner);
  if (uid !== undefined) return { uid };
  if (price === undefined) throw notOnThisChain('register', 'no price');
  if (terms.open === false) throw registrationClosed(wish);
  if (interval !== undefined && interval.registered >= interval.most)
    requireDue(
      `${String(interval.registered)} hotkeys were registered of late`,
      interval.since + interval.blocks,
      best,
    );
  if (price > wish.highest) throw priceTooHigh('a registration', price, wish.highest);
  return { price };
}

/** What the creation of a subnet goes by. */
export interface SubnetTerms {
  readonly best: number;
  readonly price: bigint | undefined;
  /** Block of the last one, and how many blocks later the next may be. */
  readonly last: { readonly since: number; readonly blocks: number } | undefined;
}

/** The price of a subnet now. Throws `HeadframeError`: 'too_soon', 'price_above_highest', 'chain_lacks'. Pure. */
export function judgeSubnet({ best, price, last }: SubnetTerms, highest: bigint): bigint {
  if (price === undefined) throw notOnThisChain('create_subnet', 'no price');
  if (last !== undefined) requireDue('a subnet was created of late', last.since + last.blocks, best);
  if (price > highest) throw priceTooHigh('a subnet', price, highest);
  return price;
}

/** Throws `HeadframeError` ('too_soon') where the next block is still before that one. Pure. */
export function requireDue(what: string, block: number, best: number): void {
  if (block > best + 1) throw tooSoon(what, block, best);
}
