import type { ApiPromise } from '@polkadot/api';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Capabilities, Chain, ChainState, Head } from '../port.js';
import { HeadTrack } from './heads.js';
import type { HeadStep, Header } from './heads.js';
import { chainAway, chainBusy, chainFailed, chainSlow } from './refusals.js';
import { Retry } from './retry.js';
import type { ChainAbout, ChainSession, OpenSession } from './session-port.js';

/** A network as it is connected to. */
export interface ConnectionSpec {
  readonly network: string;
  readonly endpoints: readonly string[];
  readonly genesisHash: string | undefined;
}

/** What happened on a connection, for those who record it. */
export interface ChainNote {
  readonly reason:
    | 'network_ready'
    | 'network_upgraded'
    | 'chain_reorg'
    | 'chain_rewound'
    | 'wrong_chain'
    | `endpoint_${'unreachable' | 'lost' | 'silent' | 'invalid'}`;
  readonly text: string;
}

/** What a connection works with. */
export interface ConnectionParts {
  readonly open: OpenSession;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly onNote: (note: ChainNote) => void;
  /** Told once of the first block of a chain that was not declared. */
  readonly onGenesis: (hash: string) => void;
}

/** How a connection stands, for people. */
export interface ConnectionStanding {
  readonly state: ChainState;
  /** Why it stands so, since when; unix milliseconds. */
  readonly reason: string;
  readonly text: string;
  readonly sinceMs: number;
  /** That it is connected to. */
  readonly endpoint: string | undefined;
  readonly about: ChainAbout | undefined;
  readonly reconnects: number;
  readonly reorgs: number;
  /** When the last new best block was seen, unix milliseconds. */
  readonly bestAtMs: number | undefined;
}

const READ_MS = 15_000;
/** Calls of one network under way at a time. */
const MOST_READS = 256;

/**
 * One network's connection, over and over again.
 *
 * Invariants: at most one session lives; what is read is read on it, and fails when it ends; the first block never changes;
 * heads are taken in order, one after the other; nothing here throws but `read`.
 */
export class ChainConnection implements Chain {
  readonly network: string;
  readonly #spec: ConnectionSpec;
  readonly #parts: ConnectionParts;
  readonly #retry: Retry;
  readonly #track = new HeadTrack();
  readonly #bestListeners = new Set<(head: Head) => void>();
  readonly #finalListeners = new Set<(head: Head) => void>();
  #session: ChainSession | undefined;
  #genesisHash: string | undefined;
  #capabilities: Capabilities | undefined;
  #finalized: Head | undefined;
  #standing: ConnectionStanding;
  #reads = 0;
  #heads: Promise<void> = Promise.resolve();

  constructor(spec: ConnectionSpec, parts: ConnectionParts) {
    this.network = spec.network;
    this.#spec = spec;
    this.#parts = parts;
    this.#genesisHash = spec.genesisHash;
    this.#retry = new Retry(spec.endpoints.length, parts.random);
    this.#standing = {
      ...{ state: 'connecting', reason: 'network_connecting', text: 'The first connection is being made.' },
      ...{ sinceMs: parts.clock.nowMs(), endpoint: undefined, about: undefined, reconnects: 0, reorgs: 0 },
      bestAtMs: undefined,
    };
  }

  get state(): ChainState {
    return this.#standing.state;
  }

  get genesisHash(): string | undefined {
    return this.#genesisHash;
  }

  get capabilities(): Capabilities | undefined {
    return this.#capabilities;
  }

  get best(): Head | undefined {
    return this.#track.best;
  }

  get finalized(): Head | undefined {
    return this.#finalized;
  }

  get standing(): ConnectionStanding {
    return this.#standing;
  }

  onBest(listener: (head: Head) => void): () => void {
    this.#bestListeners.add(listener);
    return () => this.#bestListeners.delete(listener);
  }

  onFinalized(listener: (head: Head) => void): () => void {
    this.#finalListeners.add(listener);
    return () => this.#finalListeners.delete(listener);
  }

  async read<T>(what: string, read: (api: ApiPromise) => Promise<T>, deadlineMs = READ_MS): Promise<T> {
    const session = this.#session;
    if (session === undefined) throw chainAway(this.network, this.#standing.text);
    if (this.#reads >= MOST_READS) throw chainBusy(this.network, MOST_READS);
    this.#reads += 1;
    const timer = new AbortController();
    const late = this.#parts.clock.sleep(deadlineMs, timer.signal).then(() => {
      throw chainSlow(what, deadlineMs);
    });
    try {
      return await Promise.race([read(session.api), late, session.ended.then(rethrow)]);
    } catch (error) {
      if (this.#session !== session) throw chainAway(this.network, this.#standing.text, error);
      throw error instanceof HeadframeError ? error : chainFailed(what, error);
    } finally {
      this.#reads -= 1;
      timer.abort();
    }
  }

  /** Connects again and again until the signal, and leaves nothing open. */
  async run(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const why = await this.#connectOnce(signal);
      if (isOver()) break;
      this.#fell(why);
      await this.#parts.clock.sleep(this.#retry.pauseMs(), signal).catch(() => undefined); // only the signal ends it
    }
    this.#stand({ state: 'away', reason: 'endpoint_lost', text: 'The coordinator ended the connection.' });
  }

  /** Resolves with why there was no session, or why it ended. */
  async #connectOnce(signal: AbortSignal): Promise<HeadframeError> {
    const endpoint = this.#spec.endpoints[this.#retry.next()] ?? '';
    let session: ChainSession;
    try {
      session = await this.#parts.open({ endpoint, genesisHash: this.#genesisHash }, signal);
    } catch (error) {
      return error instanceof HeadframeError ? error : chainFailed('open', error);
    }
    const close = (): void => {
      session.close();
    };
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    else this.#stood(session);
    const why = await session.ended;
    signal.removeEventListener('abort', close);
    this.#session = undefined;
    return why;
  }

  #stood(session: ChainSession): void {
    this.#retry.worked(this.#parts.clock.monotonicMs());
    if (this.#genesisHash === undefined) {
      this.#genesisHash = session.genesisHash;
      this.#parts.onGenesis(session.genesisHash);
    }
    this.#session = session;
    this.#capabilities = session.capabilities;
    const { chain, specName, specVersion } = session.about;
    const text = `Connected to ${chain}: ${specName} ${String(specVersion)}.`;
    this.#stand({ state: 'ready', reason: 'network_ready', text, endpoint: session.endpoint, about: session.about });
    this.#parts.onNote({ reason: 'network_ready', text });
    session.follow({
      best: (header) => {
        this.#queue(session, () => this.#takeBest(session, header));
      },
      finalized: (header) => {
        this.#queue(session, () => {
          this.#takeFinalized(header);
        });
      },
      upgraded: () => {
        this.#upgraded(session);
      },
    });
  }

  #fell(why: HeadframeError): void {
    const wasReady = this.#standing.state === 'ready';
    this.#retry.failed(this.#parts.clock.monotonicMs());
    const isNew = wasReady || this.#standing.reason !== why.reason;
    const reconnects = this.#standing.reconnects + (wasReady ? 1 : 0);
    this.#stand({ state: 'away', reason: why.reason, text: `${why.message}.`, endpoint: undefined, reconnects });
    // The reasons of a session are those of endpoints.
    if (isNew) this.#parts.onNote({ reason: why.reason as ChainNote['reason'], text: `${why.message}.` });
  }

  #upgraded(session: ChainSession): void {
    this.#capabilities = session.capabilities;
    const text = `The runtime is ${session.about.specName} ${String(session.about.specVersion)} now.`;
    this.#standing = { ...this.#standing, about: session.about };
    this.#parts.onNote({ reason: 'network_upgraded', text });
  }

  #stand(change: Partial<ConnectionStanding>): void {
    const isNew = change.state !== this.#standing.state || change.reason !== this.#standing.reason;
    const sinceMs = isNew ? this.#parts.clock.nowMs() : this.#standing.sinceMs;
    this.#standing = { ...this.#standing, sinceMs, ...change };
  }

  /** In order; of a session that is over nothing is taken any more. */
  #queue(session: ChainSession, take: () => Promise<void> | void): void {
    this.#heads = this.#heads.then(() => (this.#session === session ? take() : undefined)).catch(() => undefined); // the next look tells the same head again
  }

  async #takeBest(session: ChainSession, header: Header): Promise<void> {
    const before = this.best;
    const step = await this.#track.take(header, (hash) => session.header(hash));
    if (step.kind === 'same') return;
    this.#standing = { ...this.#standing, bestAtMs: this.#parts.clock.nowMs() };
    this.#tellTurned(before, header, step);
    for (const listener of this.#bestListeners) listener({ number: header.number, hash: header.hash });
  }

  #tellTurned(before: Head | undefined, header: Header, step: HeadStep): void {
    const final = this.#finalized;
    const isUndone = final !== undefined && isBelow(header, step, final, before);
    if (isUndone) {
      this.#finalized = undefined;
      const text = `Block ${String(final.number)} was final, and the best is ${String(header.number)} of another past.`;
      this.#parts.onNote({ reason: 'chain_rewound', text });
    } else if (step.kind === 'reorg') {
      const text = `The last ${String(step.depth)} of ${String(before?.number ?? 0)} blocks were replaced.`;
      this.#parts.onNote({ reason: 'chain_reorg', text });
    }
    if (isUndone || step.kind === 'reorg') this.#standing = { ...this.#standing, reorgs: this.#standing.reorgs + 1 };
  }

  #takeFinalized({ number, hash }: Header): void {
    // A node that lags takes nothing back; one of another past has told so by its best block.
    if (this.#finalized !== undefined && number <= this.#finalized.number) return;
    this.#finalized = { number, hash };
    for (const listener of this.#finalListeners) listener({ number, hash });
  }
}

/** Whether a new best block leaves out one that was final. Pure. */
function isBelow(header: Header, step: HeadStep, final: Head, before: Head | undefined): boolean {
  if (step.kind === 'back') return header.number < final.number;
  return step.kind === 'reorg' && before !== undefined && before.number - step.depth < final.number;
}

function rethrow(error: HeadframeError): never {
  throw error;
}
