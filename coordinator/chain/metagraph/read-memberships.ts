import { countOf, flagOf } from '../network/readers/codec.js';
import { chainLacks } from '../network/readers/lacks.js';
import { readFinal } from '../network/readers/snapshot.js';
import type { Chain } from '../port.js';

/** Of all hotkeys of the fleet. */
const READ_MS = 30_000;
/** Subnets of one hotkey. */
const MOST_SUBNETS = 1_024;

/**
 * The subnets in which hotkeys are registered, by hotkey. Throws `HeadframeError`: failed_precondition ('chain_lacks'), and
 * what `Chain.read` throws.
 */
export function readMemberships(
  chain: Chain,
  hotkeys: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  return readFinal(
    chain,
    'registrations',
    async ({ at }) => {
      const members = at.query['subtensorModule']?.['isNetworkMember'];
      if (members === undefined) throw chainLacks(chain.network, 'subnets');
      const found = await Promise.all(
        hotkeys.map(async (hotkey) => {
          const netuids = (await members.entries(hotkey)).flatMap(([key, isMember]) => {
            const netuid = countOf(key.args[1]);
            return netuid === undefined || flagOf(isMember) !== true ? [] : [netuid];
          });
          return [hotkey, netuids.sort((a, b) => a - b).slice(0, MOST_SUBNETS)] as const;
        }),
      );
      return new Map(found);
    },
    READ_MS,
  );
}
