import { ApiPromise } from '@polkadot/api';
import { z } from 'zod';
import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import { BLOCK_HASH } from '../../../common/model/network.js';
import type { Capabilities } from '../port.js';
import { readAbout } from './about.js';
import { ApiProvider } from './api-provider.js';
import { detectCapabilities } from './capabilities.js';
import { shownEndpoint } from './endpoint.js';
import type { Header } from './heads.js';
import { readFacts } from './metadata-facts.js';
import { endpointFault } from './refusals.js';
import { RpcSocket } from './rpc-socket.js';
import type { SocketTerms } from './rpc-socket.js';
import type { ChainAbout, ChainSession, SessionAim, SessionListener } from './session-port.js';

/** Times in milliseconds. */
export interface SessionTerms extends SocketTerms {
  /** Until metadata is read and understood. */
  readonly metadataMs: number;
  /** From one look at heads and runtime to the next. */
  readonly lookMs: number;
  /** Until a look has to be answered; an endpoint that says nothing at all meanwhile is given up. */
  readonly silenceMs: number;
}

/** Looks in a row that may fail while the endpoint says other things. */
const MOST_SLOW_LOOKS = 3;

const hashSchema = z.string().regex(BLOCK_HASH);
const headerSchema = z.looseObject({ number: z.string().regex(/^0x[0-9a-f]{1,12}$/), parentHash: hashSchema });
const runtimeSchema = z.object({ specName: z.string().max(200), specVersion: z.number().int().nonnegative() });

interface Runtime {
  readonly api: ApiPromise;
  readonly about: ChainAbout;
  readonly capabilities: Capabilities;
}

/** A session over a WebSocket and @polkadot/api. Any failure ends it whole. */
export class PolkadotSession implements ChainSession {
  readonly endpoint: string;
  readonly genesisHash: string;
  readonly ended: Promise<HeadframeError>;
  readonly #socket: RpcSocket;
  readonly #clock: Clock;
  readonly #terms: SessionTerms;
  readonly #stop = new AbortController();
  #runtime: Runtime;
  #slowLooks = 0;

  /** By `open`. */
  constructor(
    socket: RpcSocket,
    made: { readonly genesisHash: string; readonly runtime: Runtime },
    { clock, terms }: { readonly clock: Clock; readonly terms: SessionTerms },
  ) {
    this.endpoint = socket.url;
    this.genesisHash = made.genesisHash;
    this.#runtime = made.runtime;
    this.#socket = socket;
    this.#clock = clock;
    this.#terms = terms;
    this.ended = socket.ended;
    void socket.ended.then(() => {
      this.#stop.abort();
    });
  }

  /** See `OpenSession`. */
  static async open(
    { endpoint, genesisHash: expected }: SessionAim,
    parts: { readonly clock: Clock; readonly terms: SessionTerms },
    signal: AbortSignal,
  ): Promise<PolkadotSession> {
    const socket = await RpcSocket.open(endpoint, parts);
    const abort = (): void => {
      socket.end(stopped(endpoint));
    };
    signal.addEventListener('abort', abort, { once: true });
    void socket.ended.then(() => {
      signal.removeEventListener('abort', abort);
    });
    if (signal.aborted) abort();
    try {
      // Before the metadata, which costs: another chain is not worth it.
      const genesisHash = hashSchema.parse(await socket.call('chain_getBlockHash', [0]));
      if (expected !== undefined && genesisHash !== expected) throw wrongChain(endpoint, expected, genesisHash);
      const runtime = await readRuntime(socket, parts);
      return new PolkadotSession(socket, { genesisHash, runtime }, parts);
    } catch (error) {
      const fault = faultOf(endpoint, error);
      socket.end(fault);
      throw fault;
    }
  }

  get api(): ApiPromise {
    return this.#runtime.api;
  }

  get about(): ChainAbout {
    return this.#runtime.about;
  }

  get capabilities(): Capabilities {
    return this.#runtime.capabilities;
  }

  follow(listener: SessionListener): void {
    // Nodes that let nobody subscribe are looked at all the same.
    for (const [method, tell] of [
      ['chain_subscribeNewHeads', listener.best.bind(listener)],
      ['chain_subscribeFinalizedHeads', listener.finalized.bind(listener)],
    ] as const)
      this.#socket
        .subscribe(method, [], (value) => {
          this.#guarded(() => {
            tell(this.#readHeader(value));
          });
        })
        .catch(() => undefined);
    void this.#look(listener);
  }

  async header(hash: string): Promise<Header> {
    return this.#readHeader(await this.#socket.call('chain_getHeader', [hash]));
  }

  close(): void {
    this.#socket.end(stopped(this.endpoint));
  }

  /** Heads and runtime, again and again: what a notification lost would have told, and whether anybody is there. */
  async #look(listener: SessionListener): Promise<void> {
    const { signal } = this.#stop;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const sentMs = this.#clock.monotonicMs();
      try {
        await this.#lookOnce(listener);
        this.#slowLooks = 0;
        await this.#clock.sleep(this.#terms.lookMs, signal);
      } catch (error) {
        if (isOver()) return;
        this.#slowLooks += 1;
        const isSlow = error instanceof HeadframeError && error.reason === 'chain_slow';
        const isAlive = this.#socket.lastHeardMs > sentMs && this.#slowLooks < MOST_SLOW_LOOKS;
        if (!isSlow || !isAlive) this.#socket.end(faultOf(this.endpoint, error));
      }
    }
  }

  async #lookOnce(listener: SessionListener): Promise<void> {
    const { silenceMs } = this.#terms;
    const [best, finalHash, version] = await Promise.all([
      this.#socket.call('chain_getHeader', [], silenceMs),
      this.#socket.call('chain_getFinalizedHead', [], silenceMs),
      this.#socket.call('state_getRuntimeVersion', [], silenceMs),
    ]);
    listener.best(this.#readHeader(best));
    const final = await this.#socket.call('chain_getHeader', [hashSchema.parse(finalHash)], silenceMs);
    listener.finalized(this.#readHeader(final));
    const { specName, specVersion } = runtimeSchema.parse(version);
    const known = this.api.runtimeVersion;
    if (known.specName.toString() === specName && known.specVersion.toNumber() === specVersion) return;
    this.#runtime = await readRuntime(this.#socket, { clock: this.#clock, terms: this.#terms });
    listener.upgraded();
  }

  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#socket.end(faultOf(this.endpoint, error));
    }
  }

  /** The hash is computed, by the chain's own hasher: no node is believed what it says of it. */
  #readHeader(value: unknown): Header {
    const { number, parentHash } = headerSchema.parse(value);
    const { hash } = this.api.registry.createType('Header', value);
    return { number: Number(number), hash: hash.toHex(), parentHash };
  }
}

async function readRuntime(
  socket: RpcSocket,
  { clock, terms }: { readonly clock: Clock; readonly terms: SessionTerms },
): Promise<Runtime> {
  const api = new ApiPromise({ provider: new ApiProvider(socket), noInitWarn: true });
  const cancel = new AbortController();
  const late = clock.sleep(terms.metadataMs, cancel.signal).then(() => {
    throw endpointFault('endpoint_silent', `${shownEndpoint(socket.url)} did not give its metadata in time`);
  });
  late.catch(() => undefined); // whichever is first counts
  try {
    await Promise.race([api.isReadyOrError, late, socket.ended.then(rethrow)]);
    return { api, about: readAbout(api), capabilities: detectCapabilities(readFacts(api)) };
  } finally {
    cancel.abort();
  }
}

function rethrow(error: Error): never {
  throw error;
}

function wrongChain(endpoint: string, expected: string, found: string): HeadframeError {
  const text = `${shownEndpoint(endpoint)} serves a chain that begins with ${found}, not with ${expected}`;
  return endpointFault('wrong_chain', text);
}

function stopped(endpoint: string): HeadframeError {
  return endpointFault('endpoint_lost', `the connection to ${shownEndpoint(endpoint)} was ended by the coordinator`);
}

function faultOf(endpoint: string, error: unknown): HeadframeError {
  const shown = shownEndpoint(endpoint);
  if (!(error instanceof HeadframeError)) {
    const text = error instanceof Error ? error.message : String(error);
    return endpointFault('endpoint_invalid', `${shown}: ${text}`, error);
  }
  if (error.reason !== 'chain_slow') return error;
  return endpointFault('endpoint_silent', `${shown} answers nothing any more (${error.message})`, error);
}
