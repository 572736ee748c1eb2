import type { Clock } from '../../../common/model/clock.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { Journal } from './journal.js';
import type { PayerOptions } from './options.js';
import type { Ledger, WalletSigner } from './ports.js';

/** What a lane works with. */
export interface LaneParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined for a network that is not there. */
  readonly ledgerOf: (network: string) => Ledger | undefined;
  /** Throws `HeadframeError` ('wallet_not_found', 'wallet_locked'). */
  readonly signerOf: (wallet: string) => WalletSigner | Promise<WalletSigner>;
  readonly options: PayerOptions;
}

/** Whose extrinsics a lane sends: nonces count by this. */
export interface LaneKey {
  readonly network: string;
  readonly signer: string;
}
