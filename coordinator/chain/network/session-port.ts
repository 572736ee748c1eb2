import type { ApiPromise } from '@polkadot/api';
import type { HeadframeError } from '../../../common/model/error.js';
import type { Capabilities } from '../port.js';
import type { Header } from './heads.js';

/** What a chain says of itself; its texts are cleaned and bounded. */
export interface ChainAbout {
  readonly chain: string;
  readonly specName: string;
  readonly specVersion: number;
  /** Of the base token; empty where the chain does not say. */
  readonly tokenSymbol: string;
  readonly decimals: number | undefined;
  readonly ss58Prefix: number | undefined;
}

/** Told of what happens on a connection. */
export interface SessionListener {
  best(header: Header): void;
  finalized(header: Header): void;
  /** The runtime changed; `about` and `capabilities` are those of the new one by now. */
  upgraded(): void;
}

/** One connection to one endpoint, from its making to its end. */
export interface ChainSession {
  readonly endpoint: string;
  readonly genesisHash: string;
  /** Another one after a runtime upgrade. */
  readonly api: ApiPromise;
  readonly about: ChainAbout;
  readonly capabilities: Capabilities;
  /** Why it ended. */
  readonly ended: Promise<HeadframeError>;
  /** Follows the heads, the runtime, and whether the endpoint still answers. Once. */
  follow(listener: SessionListener): void;
  /** The block of a hash. */
  header(hash: string): Promise<Header>;
  close(): void;
}

/** What an endpoint has to be. */
export interface SessionAim {
  readonly endpoint: string;
  /** Undefined if any chain will do. */
  readonly genesisHash: string | undefined;
}

/** Opens a session. Throws `HeadframeError` with one of the reasons of `EndpointFault`. */
export type OpenSession = (aim: SessionAim, signal: AbortSignal) => Promise<ChainSession>;
