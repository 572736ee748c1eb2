/** A stake: what a coldkey has put on a hotkey, in a subnet where stake is held by subnet. */
export interface HotkeyPlace {
  /** SS58. */
  readonly hotkey: string;
  /** 0, the root network, where a chain has no stake by subnet. */
  readonly netuid: number;
}

/**
 * What is to be done with stake. Amounts in the smallest unit: of the base token for `add`, of the stake's own token (alpha,
 * where a subnet has one) for `remove` and `move`.
 */
export type StakeOperation =
  | {
      readonly kind: 'add';
      readonly to: HotkeyPlace;
      readonly amount: bigint;
      readonly limit?: PriceLimit | undefined;
    }
  | {
      readonly kind: 'remove';
      readonly from: HotkeyPlace;
      readonly amount: bigint;
      readonly limit?: PriceLimit | undefined;
    }
  | { readonly kind: 'move'; readonly from: HotkeyPlace; readonly to: HotkeyPlace; readonly amount: bigint };

/** The worst price at which to trade, in the base token's smallest unit for one whole unit of the stake's. */
export interface PriceLimit {
  readonly price: bigint;
  /** Whether a part of the amount may be traded where all of it would go beyond the price. */
  readonly partial: boolean;
}
