import type { ApiPromise } from '@polkadot/api';
import { detectCapabilities } from '../../../coordinator/chain/network/capabilities.js';
import type { MetadataFacts } from '../../../coordinator/chain/network/capabilities.js';
import type { Header } from '../../../coordinator/chain/network/heads.js';
import { endpointFault } from '../../../coordinator/chain/network/refusals.js';
import type { EndpointFault } from '../../../coordinator/chain/network/refusals.js';
import type { ChainAbout, ChainSession, SessionListener } from '../../../coordinator/chain/network/session-port.js';
import type { Capabilities } from '../../../coordinator/chain/port.js';
import type { HeadframeError } from '../../../common/model/error.js';
import { SAMPLE_FACTS } from './facts.js';

/** A session that does what a test says. */
export class FakeSession implements ChainSession {
  readonly endpoint: string;
  readonly genesisHash: string;
  readonly ended: Promise<HeadframeError>;
  about: ChainAbout = {
    ...{ chain: 'Test', specName: 'node-subtensor', specVersion: 1 },
    ...{ tokenSymbol: 'TAO', decimals: 9, ss58Prefix: 42 },
  };
  capabilities: Capabilities = detectCapabilities(SAMPLE_FACTS.before);
  closed = false;
  #end: (why: HeadframeError) => void = () => undefined;
  #listener: SessionListener | undefined;

  constructor(endpoint: string, genesisHash: string) {
    this.endpoint = endpoint;
    this.genesisHash = genesisHash;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** Nothing of it is looked at. */
  get api(): ApiPromise {
    return Object.create(null) as ApiPromise; // by no test of who holds a session
  }

  follow(listener: SessionListener): void {
    this.#listener = listener;
  }

  header(hash: string): Promise<Header> {
    return Promise.resolve(block(Number(hash.split('/')[1]), hash.split('/')[0]));
  }

  close(): void {
    this.closed = true;
    this.fail('endpoint_lost');
  }

  fail(reason: EndpointFault): void {
    this.#end(endpointFault(reason, 'it ended'));
  }

  best(number: number, fork?: string): void {
    this.#listener?.best(block(number, fork));
  }

  finalized(number: number): void {
    this.#listener?.finalized(block(number));
  }

  upgrade(facts: MetadataFacts): void {
    this.capabilities = detectCapabilities(facts);
    this.about = { ...this.about, specVersion: this.about.specVersion + 1 };
    this.#listener?.upgraded();
  }
}

function block(number: number, fork = 'main'): Header {
  return { number, hash: `${fork}/${String(number)}`, parentHash: `${fork}/${String(number - 1)}` };
}
