import type { WalletService } from '../../common/gen/headframe/v1/wallet_service_pb.js';
import type { WalletRecord } from '../../common/model/wallet.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { walletToWire } from '../../common/wire/client.js';
import type { NewHotkey, Wallets } from '../chain/wallets/index.js';
import type { FleetReader } from '../fleet/port.js';
import { requireNamespace } from '../namespaces/index.js';
import { secretsNeedTls, usersOf } from '../security/secrets/index.js';
import { readDurably } from './durably.js';
import { inOrder } from './in-order.js';
import { tokenOf } from './intent-views.js';
import type { HandlerParts } from './parts.js';
import { capsWish, eraseWish, hotkeyWish, unlockMs, walletWish } from './wallet-wishes.js';

/** Miners named in what is said of a hotkey. */
const MOST_MINERS = 100;

type Service = ServiceImplementation<typeof WalletService>;
type Parts = Pick<HandlerParts, 'fleet' | 'wallets' | 'payer' | 'networks'>;

/** The service that takes keys in; none comes out but in its encrypted keystore. */
export function walletService(parts: Parts): Service {
  return { ...coldkeyHandlers(parts), ...openingHandlers(parts), ...hotkeyHandlers(parts), ...capsHandlers(parts) };
}

function keptOf({ wallets }: Parts): Wallets {
  if (wallets === undefined) throw secretsNeedTls();
  return wallets;
}

function coldkeyHandlers(parts: Parts): Pick<Service, 'createWallet' | 'listWallets' | 'getWallet' | 'removeWallet'> {
  const { fleet } = parts;
  const kept = () => keptOf(parts);
  return {
    createWallet: async (asked, { caller }) => {
      try {
        const wallets = kept();
        const wish = walletWish(asked);
        requireNamespaces(fleet, wish.hotkeys);
        return { wallet: viewOf(parts, wallets, await wallets.create(wish, caller.name)) };
      } finally {
        const { coldkey, hotkeys, passphrase } = asked;
        const own = coldkey.case === 'key' ? coldkey.value : undefined;
        eraseWish(passphrase, own, ...hotkeys.map(({ key }) => key));
      }
    },
    listWallets: async () => {
      const wallets = kept();
      const { value } = await readDurably(fleet, () =>
        inOrder(fleet.wallets(), ({ name }) => name).map((record) => viewOf(parts, wallets, record)),
      );
      return { wallets: value };
    },
    getWallet: async ({ name }) => {
      const wallets = kept();
      const { value } = await readDurably(fleet, () => viewOf(parts, wallets, wallets.get(name)));
      return { wallet: value };
    },
    removeWallet: async ({ name, force }) => {
      const miners = await kept().remove(name, force);
      return { miners: miners.slice(0, MOST_MINERS) };
    },
  };
}

function openingHandlers(parts: Parts): Pick<Service, 'unlockWallet' | 'lockWallet' | 'exportWallet'> {
  const kept = () => keptOf(parts);
  return {
    unlockWallet: async ({ name, passphrase, forMs }) => {
      try {
        const wallets = kept();
        return { wallet: viewOf(parts, wallets, await wallets.unlock(name, passphrase, unlockMs(forMs))) };
      } finally {
        eraseWish(passphrase);
      }
    },
    lockWallet: async ({ name }) => {
      const wallets = kept();
      return { wallet: viewOf(parts, wallets, await wallets.lock(name)) };
    },
    exportWallet: async ({ name, passphrase }) => {
      try {
        return { keystore: await kept().export(name, passphrase) };
      } finally {
        eraseWish(passphrase);
      }
    },
  };
}

function capsHandlers(parts: Parts): Pick<Service, 'setWalletCaps' | 'unfreezeWallet'> {
  return {
    unfreezeWallet: async ({ name }) => {
      const wallets = keptOf(parts);
      return { wallet: viewOf(parts, wallets, await wallets.unfreeze(name)) };
    },
    setWalletCaps: async (asked) => {
      const wallets = keptOf(parts);
      const caps = capsWish(asked);
      // Those of a network that has gone can be taken away, and no more.
      if (caps !== undefined) parts.networks.find(asked.network);
      return { wallet: viewOf(parts, wallets, await wallets.setCaps(asked.name, asked.network, caps)) };
    },
  };
}

function hotkeyHandlers(parts: Parts): Pick<Service, 'addHotkey' | 'removeHotkey'> {
  const { fleet } = parts;
  const kept = () => keptOf(parts);
  return {
    addHotkey: async ({ wallet, hotkey }, { caller }) => {
      try {
        const wallets = kept();
        const wish = hotkeyWish(wallet, hotkey);
        requireNamespaces(fleet, [wish]);
        return { wallet: viewOf(parts, wallets, await wallets.addHotkey(wallet, wish, caller.name)) };
      } finally {
        eraseWish(hotkey?.key);
      }
    },
    removeHotkey: async ({ wallet, name, force }) => {
      const miners = await kept().removeHotkey(wallet, name, force);
      return { miners: miners.slice(0, MOST_MINERS) };
    },
  };
}

function requireNamespaces(fleet: Pick<FleetReader, 'namespace'>, hotkeys: readonly NewHotkey[]): void {
  for (const { namespace } of hotkeys) requireNamespace(fleet, namespace);
}

function viewOf(
  { fleet, payer, networks }: Parts,
  wallets: Wallets,
  { id: _id, envelope: _envelope, ...record }: WalletRecord,
) {
  const caps = Object.entries(record.caps ?? {}).map(([network, allowed]) => {
    const spent = String(payer?.spentBy(network, record.name) ?? 0n);
    return { network, ...allowed, spent, ...tokenOf(networks, network) };
  });
  const hotkeys = record.hotkeys.map((hotkey) => {
    const miners = usersOf(fleet, hotkey.namespace, hotkey.secret).slice(0, MOST_MINERS);
    return { ...hotkey, miners };
  });
  return walletToWire({ ...record, hotkeys, caps, unlockedUntilMs: wallets.unlockedUntilMs(record.name) });
}
