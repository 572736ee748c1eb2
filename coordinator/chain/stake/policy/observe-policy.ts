import { hasEnded } from '../../../../common/model/intent.js';
import type { FleetReader } from '../../../fleet/port.js';
import { usersOf } from '../../../security/secrets/index.js';

/** What the calls of a wallet that are under way may cost yet, in the smallest unit. */
export function promisedBy(fleet: Pick<FleetReader, 'intents'>, network: string, wallet: string): bigint {
  let promised = 0n;
  for (const intent of fleet.intents())
    if (intent.network === network && intent.wallet === wallet && !hasEnded(intent)) promised += BigInt(intent.cap);
  return promised;
}

/** Names of the miners that work with a hotkey: those that have its key as a secret. */
export function minersOf(fleet: Pick<FleetReader, 'wallets' | 'miners'>, hotkey: string): string[] {
  const keys = [...fleet.wallets()].flatMap(({ hotkeys }) => hotkeys).filter(({ address }) => address === hotkey);
  return [...new Set(keys.flatMap(({ namespace, secret }) => usersOf(fleet, namespace, secret)))];
}

/** Whether miners work with a hotkey and none of their instances runs. */
export function isDark(fleet: Pick<FleetReader, 'wallets' | 'miners' | 'countsOf'>, hotkey: string): boolean {
  for (const { hotkeys } of fleet.wallets())
    for (const { address, namespace, secret } of hotkeys) {
      if (address !== hotkey) continue;
      const miners = usersOf(fleet, namespace, secret);
      return miners.length > 0 && miners.every((miner) => fleet.countsOf(miner).running === 0);
    }
  return false;
}
