import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import type { NetworkRecord } from '../../common/model/network.js';
import { didYouMean } from '../../common/model/schema/index.js';
import type { Logger } from '../../common/observe/logger.js';
import type { FleetPort } from '../fleet/port.js';
import type { StoreCommit } from '../store/store.js';
import { ChainConnection } from './network/connection.js';
import type { ChainNote } from './network/connection.js';
import type { OpenSession } from './network/session-port.js';

/** What the networks work with. */
export interface NetworksParts {
  readonly fleet: FleetPort;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Default: over WebSockets by @polkadot/api, which is loaded with the first network. */
  readonly open?: OpenSession;
}

interface Held {
  readonly record: NetworkRecord;
  readonly connection: ChainConnection;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Times of a connection, in milliseconds: an endpoint that answers nothing is found out within ten seconds. */
const TERMS = { connectMs: 10_000, callMs: 30_000, metadataMs: 60_000, lookMs: 4_000, silenceMs: 5_000 };
/** What a node could tell as often as it likes is recorded so often at most. */
const REPEAT_MS = 30_000;

/**
 * One connection for each network that is declared. Level, not edge: whenever a record changes, what is open is compared with
 * what is declared.
 */
export class Networks {
  readonly #parts: NetworksParts;
  readonly #open: OpenSession;
  readonly #held = new Map<string, Held>();
  readonly #leaving = new Set<Promise<void>>();
  #isStopped = false;

  constructor(parts: NetworksParts) {
    this.#parts = parts;
    this.#open = parts.open ?? openPolkadot(parts.clock);
  }

  /** The chain of a network. Throws `HeadframeError` (not_found, 'network_not_found'). */
  find(name: string): ChainConnection {
    const held = this.#held.get(name);
    if (held !== undefined) return held.connection;
    throw networkNotFound(name, didYouMean(name, [...this.#held.keys()]));
  }

  /** All of them, by name. */
  connections(): ChainConnection[] {
    return [...this.#held.values()].map(({ connection }) => connection);
  }

  /** Keeps connections to what is declared until the signal; resolves once all are closed. */
  async start(signal: AbortSignal): Promise<void> {
    this.#compare();
    const unsubscribe = this.#parts.fleet.onApplied((commit) => {
      if (concerns(commit)) this.#compare();
    });
    await aborted(signal);
    unsubscribe();
    this.#isStopped = true;
    for (const name of [...this.#held.keys()]) this.#leave(name);
    await Promise.all(this.#leaving);
  }

  #compare(): void {
    if (this.#isStopped) return;
    for (const [name, held] of this.#held) {
      const record = this.#parts.fleet.network(name);
      if (record === undefined || !isSame(held, record)) this.#leave(name);
    }
    for (const record of this.#parts.fleet.networks()) if (!this.#held.has(record.name)) this.#join(record);
  }

  #join(record: NetworkRecord): void {
    const { clock, random } = this.#parts;
    const { name: network, endpoints, genesisHash } = record;
    const stop = new AbortController();
    const connection = new ChainConnection(
      { network, endpoints, genesisHash },
      {
        ...{ open: this.#open, clock, random, onNote: this.#noter(network) },
        onGenesis: (hash) => {
          if (this.#held.get(network)?.connection === connection) this.#pin(network, hash);
        },
      },
    );
    const ended = connection.run(stop.signal);
    this.#held.set(network, { record, connection, stop, ended });
  }

  #leave(name: string): void {
    const held = this.#held.get(name);
    if (held === undefined) return;
    this.#held.delete(name);
    held.stop.abort();
    const left = held.ended.finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /** From now on no other chain will do. */
  #pin(name: string, genesisHash: string): void {
    this.#parts.fleet.transact((tx) => {
      const record = tx.network(name);
      if (record !== undefined && record.genesisHash === undefined)
        tx.putNetwork({ ...record, genesisHash, updatedAtMs: tx.atMs });
    });
  }

  #noter(network: string): (note: ChainNote) => void {
    const { fleet, clock, logger } = this.#parts;
    const toldMs = new Map<string, number>();
    return ({ reason, text }) => {
      logger.info({ network, reason }, text);
      const nowMs = clock.monotonicMs();
      if (nowMs - (toldMs.get(reason) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
      toldMs.set(reason, nowMs);
      fleet.transact((tx) => {
        tx.event({ subject: 'fleet', id: '', reason, text: `Network ${network}: ${text}` });
      });
    };
  }
}

/** A network that nobody declared. */
export function networkNotFound(name: string, meant: string | undefined): HeadframeError {
  const list = 'headframe networks ls shows all; headframe networks add declares one.';
  return new HeadframeError({
    code: 'not_found',
    reason: 'network_not_found',
    message: `there is no network ${name.slice(0, 100)}`,
    remedy: meant === undefined ? list : `Did you mean ${meant}? ${list}`,
    metadata: { network: name.slice(0, 100), ...(meant === undefined ? {} : { meant }) },
  });
}

/** Loaded with the first connection: a coordinator without networks does not pay for it. */
function openPolkadot(clock: Clock): OpenSession {
  return async (aim, signal) => {
    const { PolkadotSession } = await import('./network/session.js');
    return PolkadotSession.open(aim, { clock, terms: TERMS }, signal);
  };
}

function concerns({ changes }: StoreCommit): boolean {
  return changes.some((change) => 'table' in change && change.table === 'network');
}

/** Whether what is connected is what is declared; that its first block became known changes nothing. */
function isSame({ record, connection }: Held, other: NetworkRecord): boolean {
  const hasOtherGenesis = other.genesisHash !== undefined && other.genesisHash !== connection.genesisHash;
  return (
    record.createdAtMs === other.createdAtMs && record.endpoints.join() === other.endpoints.join() && !hasOtherGenesis
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
