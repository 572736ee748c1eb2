import type { MinerRecord } from '../../common/model/miner.js';
import type { FleetReader } from '../fleet/port.js';

/** The hotkey with which a miner is in a subnet. */
export interface MinerHotkey {
  readonly network: string;
  readonly netuid: number;
  readonly address: string;
}

/** That of a miner, if it is for a subnet and its hotkey is there. */
export function hotkeyOfMiner(fleet: Pick<FleetReader, 'wallet'>, { spec }: MinerRecord): MinerHotkey | undefined {
  const chain = spec.module?.chain;
  if (chain === undefined) return undefined;
  const found = fleet.wallet(chain.wallet)?.hotkeys.find(({ name }) => name === chain.hotkey);
  return found && { network: chain.network, netuid: chain.netuid, address: found.address };
}
