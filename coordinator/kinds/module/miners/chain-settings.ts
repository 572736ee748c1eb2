import type { ModuleChain } from '../../../../common/model/module-spec.js';
import { MODULE_SECRETS } from '../../../../common/model/module-spec.js';
import type { NetworkRecord } from '../../../../common/model/network.js';
import { mayHoldKey } from '../../../chain/index.js';

/** Folder of the wallets inside of a module's container. */
const WALLETS = `${MODULE_SECRETS}/wallets`;

/** Where the keyfile of a hotkey lies inside the container, as Bittensor's tools expect it. */
export function hotkeyPath({ wallet, hotkey }: Pick<ModuleChain, 'wallet' | 'hotkey'>): string {
  return `${WALLETS}/${wallet}/hotkeys/${hotkey}`;
}

/**
 * Settings that follow from what a miner does on a chain, by the names that modules usually give them. An endpoint with what
 * might be a key in it is none: settings show in manifests and listings of the engine.
 */
export function chainSettings({ netuid, wallet, hotkey }: ModuleChain, network: NetworkRecord): Map<string, string> {
  const endpoint = network.endpoints.find((one) => !mayHoldKey(one));
  const values: readonly (readonly [value: string | undefined, names: readonly string[]])[] = [
    [String(netuid), ['--netuid', 'NETUID']],
    [wallet, ['--wallet.name', 'WALLET_NAME', 'BT_WALLET_NAME']],
    [hotkey, ['--wallet.hotkey', 'WALLET_HOTKEY', 'HOTKEY_NAME', 'BT_WALLET_HOTKEY']],
    [WALLETS, ['--wallet.path', 'WALLET_PATH', 'BT_WALLET_PATH']],
    [
      endpoint,
      ['--subtensor.chain_endpoint', 'CHAIN_ENDPOINT', 'SUBTENSOR_CHAIN_ENDPOINT', 'BT_SUBTENSOR_CHAIN_ENDPOINT'],
    ],
  ];
  return new Map(
    values.flatMap(([value, names]) => (value === undefined ? [] : names.map((name) => [name, value] as const))),
  );
}

/** Variables by which Bittensor's own library finds a wallet, whether the module names them or not. */
export function chainVariables({ wallet, hotkey }: ModuleChain): Record<string, string> {
  return { BT_WALLET_NAME: wallet, BT_WALLET_HOTKEY: hotkey, BT_WALLET_PATH: WALLETS };
}
