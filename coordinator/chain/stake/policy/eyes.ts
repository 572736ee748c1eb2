import { HeadframeError } from '../../../../common/model/error.js';
import type { StakePolicyRecord } from '../../../../common/model/stake-policy.js';
import type { FleetReader } from '../../../fleet/port.js';
import { readAccount } from '../../extrinsics/read-account.js';
import { chainLacks } from '../../network/readers/lacks.js';
import { stakeAt } from '../../network/readers/neurons.js';
import { readSnapshot } from '../../network/readers/snapshot.js';
import type { Networks } from '../../networks.js';
import { coldkeyOf } from '../../wallets/index.js';
import { leastOf } from '../observe.js';
import type { StakeOperation } from '../operation.js';
import { prepareStake } from '../prepare.js';
import type { PreparedStake } from '../prepare.js';
import { quoteAt } from '../quote-at.js';
import { WHOLE } from '../quote.js';
import { isRegisteredAt } from '../read-positions.js';
import type { PolicyObserved } from './plan.js';

/** What a chain tells about a policy, at one block; `free` is all that the coldkey can spend. */
export type PolicyState = Pick<PolicyObserved, 'block' | 'stake' | 'free' | 'registered' | 'price' | 'least'>;

/** How policies see chains. All throw `HeadframeError`: what reading from a chain throws, and what is said of each. */
export interface PolicyEyes {
  /** Throws 'chain_lacks', 'network_not_found', 'wallet_not_found'. */
  state(record: StakePolicyRecord): Promise<PolicyState>;
  /** Whether an operation is possible, and by which call. Throws what `prepareStake` throws. */
  prepare(record: StakePolicyRecord, operation: StakeOperation): Promise<PreparedStake>;
}

/** Sees them by their connections. */
export class ChainEyes implements PolicyEyes {
  readonly #fleet: Pick<FleetReader, 'wallet'>;
  readonly #networks: Pick<Networks, 'find'>;

  constructor(fleet: Pick<FleetReader, 'wallet'>, networks: Pick<Networks, 'find'>) {
    this.#fleet = fleet;
    this.#networks = networks;
  }

  async state(record: StakePolicyRecord): Promise<PolicyState> {
    const { network, hotkey, netuid } = record.spec;
    const chain = this.#networks.find(network);
    const coldkey = this.#coldkeyOf(record);
    return readSnapshot(chain, 'stake', async (snapshot) => {
      const stake = await stakeAt(snapshot, { coldkey, hotkey, netuid });
      if (stake === undefined) throw chainLacks(network, 'stake on hotkeys');
      const quote = await quoteAt(snapshot, { netuid, side: 'buy', amount: WHOLE });
      return {
        ...{ block: snapshot.block.number, stake, price: quote?.price },
        free: (await readAccount(snapshot.at, coldkey)).spendable,
        // Stake in the root works through all subnets.
        registered: netuid === 0 ? undefined : await isRegisteredAt(snapshot, { hotkey, netuid }),
        least: (await leastOf(snapshot)) ?? 0n,
      };
    });
  }

  async prepare(record: StakePolicyRecord, operation: StakeOperation): Promise<PreparedStake> {
    const chain = this.#networks.find(record.spec.network);
    const { tokenSymbol: symbol = '', decimals } = chain.standing.about ?? {};
    const { slippageBp } = record.spec;
    return prepareStake(chain, operation, {
      coldkey: this.#coldkeyOf(record),
      token: { symbol, decimals },
      slippageBp,
    });
  }

  #coldkeyOf({ spec }: StakePolicyRecord): string {
    const wallet = this.#fleet.wallet(spec.wallet);
    if (wallet !== undefined) return coldkeyOf(wallet);
    throw walletGone(spec.wallet);
  }
}

function walletGone(wallet: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'wallet_not_found',
    message: `there is no wallet ${wallet}`,
    remedy: 'Make or import it again, or set the policy with another.',
    metadata: { wallet },
  });
}
