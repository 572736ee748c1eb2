import { formatAge } from '../../../common/model/units.js';
import type { CapsView, HotkeyView, WalletView } from '../../../common/wire/client.js';
import { planckText } from '../amounts.js';
import { tableOf } from '../output/view.js';
import type { Cell, Column, View, Viewing } from '../output/view.js';
import { NOTHING, ageCell, timeCell, toned } from './cells.js';

/** The table of `wallets ls`. */
export function walletsView(wallets: readonly WalletView[], viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(walletColumns(viewing), wallets, viewing.wide), empty: 'No wallets.' }];
}

/** All of one wallet, as `wallets show` has it. */
export function walletView(wallet: WalletView, viewing: Viewing): View {
  const { name, custody, address, publicKey, keyType, proxyFor, frozen, createdAtMs, createdBy } = wallet;
  const facts: [string, Cell][] = [
    ['name', name],
    ['custody', custody],
    ['state', stateCell(wallet, viewing.nowMs)],
    ...(frozen === undefined ? [] : [['frozen', frozenCell(frozen)] satisfies [string, Cell]]),
    ['address', address],
    ['public key', publicKey],
    ['key type', custody === 'watch' ? NOTHING : keyType],
    ['proxy for', proxyFor === undefined ? NOTHING : `${proxyFor.address} (${proxyFor.types.join(', ')})`],
    ['created', `${timeCell(createdAtMs)} by ${createdBy}`],
  ];
  const [hotkeys] = hotkeysView(wallet, viewing);
  const [caps] = capsView(wallet);
  return [
    { kind: 'facts', facts },
    ...(hotkeys === undefined ? [] : [{ ...hotkeys, title: 'Hotkeys' }]),
    ...(caps === undefined ? [] : [{ ...caps, title: 'May spend' }]),
  ];
}

/** What a wallet may spend, as `wallets caps` has it. */
export function capsView({ caps }: WalletView): View {
  return [{ kind: 'table', table: tableOf(CAPS_COLUMNS, caps, false), empty: 'Nothing, on no network.' }];
}

const CAPS_COLUMNS: readonly Column<CapsView>[] = [
  { title: 'NETWORK', cell: ({ network }) => network },
  { title: 'PER CALL', cell: (caps) => planckText(caps.perCall, caps) },
  { title: 'PER DAY', cell: (caps) => planckText(caps.perDay, caps) },
  { title: 'SPENT IN 24 H', cell: (caps) => planckText(caps.spent, caps) },
];

/** The table of `wallets hotkeys ls`. */
export function hotkeysView({ hotkeys }: WalletView, viewing: Viewing): View {
  return [{ kind: 'table', table: tableOf(hotkeyColumns(viewing), hotkeys, viewing.wide), empty: 'No hotkeys.' }];
}

function walletColumns({ nowMs }: Viewing): Column<WalletView>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'CUSTODY', cell: ({ custody }) => custody },
    { title: 'STATE', cell: (wallet) => stateCell(wallet, nowMs) },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'HOTKEYS', cell: ({ hotkeys }) => String(hotkeys.length) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'PROXY FOR', cell: ({ proxyFor }) => proxyFor?.address ?? NOTHING, wide: true },
    { title: 'PUBLIC KEY', cell: ({ publicKey }) => publicKey, wide: true },
  ];
}

function hotkeyColumns({ nowMs }: Viewing): Column<HotkeyView>[] {
  return [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'SECRET', cell: ({ namespace, secret }) => `${namespace}/${secret}` },
    { title: 'USED BY', cell: ({ miners }) => (miners.length === 0 ? NOTHING : miners.join(', ')) },
    { title: 'AGE', cell: ({ createdAtMs }) => ageCell(createdAtMs, nowMs) },
    { title: 'TYPE', cell: ({ keyType }) => keyType, wide: true },
    { title: 'PUBLIC KEY', cell: ({ publicKey }) => publicKey, wide: true },
  ];
}

function frozenCell({ network, intent, error, atMs }: NonNullable<WalletView['frozen']>): Cell {
  return toned(`${error} on ${network}, ${timeCell(atMs)}, intent ${intent}`, 'bad');
}

function stateCell({ custody, unlockedUntilMs, frozen }: WalletView, nowMs: number): Cell {
  if (custody === 'watch') return NOTHING;
  if (frozen !== undefined) return toned('frozen', 'bad');
  if (unlockedUntilMs === undefined) return 'locked';
  return toned(`unlocked for ${formatAge(Math.max(0, unlockedUntilMs - nowMs))}`, 'warn');
}
