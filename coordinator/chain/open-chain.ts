import type { Clock } from '../../common/model/clock.js';
import { walletOf } from '../../common/model/intent.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import type { Secrets } from '../security/secrets/index.js';
import { ChainDuties } from '../kinds/module/duties/index.js';
import { ChainLedger, Payer } from './extrinsics/index.js';
import type { PayerParts, SpendingCaps } from './extrinsics/index.js';
import { Metagraphs } from './metagraph/metagraphs.js';
import { Networks } from './networks.js';
import { payingKeys } from './paying-keys.js';
import { ChainEyes, StakePolicies } from './stake/index.js';
import { WeightCommits } from './weights/index.js';
import { openWallets } from './wallets/index.js';
import type { Wallets } from './wallets/index.js';

/** What chains are worked with. */
export interface ChainParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly newId: () => string;
  readonly logger: Logger;
  /** By what the store may lose what it acknowledged; nothing when left out. */
  readonly mayLose?: (() => string | undefined) | undefined;
  /** Undefined where the coordinator serves in clear: it has no wallets then, and pays nothing. */
  readonly secrets: Secrets | undefined;
}

/** All that has to do with chains. */
export interface OpenedChain {
  readonly networks: Networks;
  readonly metagraphs: Metagraphs;
  /** Undefined where the coordinator serves in clear. */
  readonly wallets: Wallets | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly payer: Payer | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly stakePolicies: StakePolicies | undefined;
  /** Undefined where the coordinator serves in clear. */
  readonly weightCommits: WeightCommits | undefined;
  /** To be run as long as the coordinator does. */
  readonly loops: readonly ChainLoop[];
}

/** Runs until its signal; rejects when the coordinator cannot go on. */
interface ChainLoop {
  start(signal: AbortSignal): Promise<void>;
}

/** Makes networks, wallets and payer, none of which does anything before its loop runs; `closers` forget the keys. */
export function openChain(
  { secrets, ...parts }: ChainParts,
  closers: { add(close: () => Promise<void>): void },
): OpenedChain {
  const networks = new Networks(parts);
  const metagraphs = new Metagraphs({ ...parts, networks });
  const wallets = openWallets({ ...parts, secrets }, closers);
  const mayForget = (): boolean => parts.mayLose?.() !== undefined;
  const reads = { ledgerOf: ledgersOf(networks), capsOf: capsBy(parts.fleet), mayForget };
  const payer = wallets && new Payer({ ...parts, wallets: payingKeys(wallets), ...reads });
  const duties = wallets && payer && new ChainDuties({ ...parts, networks, wallets, payer, metagraphs });
  const stakePolicies = payer && new StakePolicies({ ...parts, eyes: new ChainEyes(parts.fleet, networks), payer });
  const weightCommits = secrets && payer && new WeightCommits({ ...parts, secrets, networks, payer });
  const all = [networks, metagraphs, payer, duties, stakePolicies, weightCommits];
  const loops = all.filter((loop) => loop !== undefined);
  return { networks, metagraphs, wallets, payer, stakePolicies, weightCommits, loops };
}

type Connection = ReturnType<Networks['find']>;

/** One ledger for each connection: a network that is declared anew has another. */
function ledgersOf(networks: Networks): PayerParts['ledgerOf'] {
  const ledgers = new WeakMap<Connection, ChainLedger>();
  return (network) => {
    const connection = networks.connections().find((one) => one.network === network);
    if (connection === undefined) return undefined;
    const ledger = ledgers.get(connection) ?? new ChainLedger(connection);
    ledgers.set(connection, ledger);
    return ledger;
  };
}

function capsBy(fleet: FleetPort): (network: string, wallet: string) => SpendingCaps | undefined {
  return (network, wallet) => {
    const caps = fleet.wallet(walletOf(wallet))?.caps?.[network];
    return caps && { perCall: BigInt(caps.perCall), perDay: BigInt(caps.perDay) };
  };
}
