import type { Clock } from '../../../common/model/clock.js';
import type { CertificateSource, Certificates } from '../../../common/rpc/index.js';
import type { Authority } from './authority.js';

/** What a server's certificates are made from. */
export interface ServerCertificatesParts {
  readonly authority: Pick<Authority, 'issueServer'>;
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly lifeMs: number;
}

/** A server's own certificate; renewed when two thirds of its life are over, while its loop runs. */
export class ServerCertificates implements CertificateSource {
  readonly #parts: ServerCertificatesParts;
  readonly #listeners = new Set<() => void>();
  #current: Certificates;
  #renewAtMs: number;
  #renewing: Promise<void> = Promise.resolve();

  constructor(parts: ServerCertificatesParts, first: Certificates) {
    this.#parts = parts;
    this.#current = first;
    this.#renewAtMs = this.#nextRenewalMs();
  }

  /** The newest. */
  current(): Certificates {
    return this.#current;
  }

  /** See `CertificateSource`. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Renews until the signal; resolves then. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      if (clock.nowMs() >= this.#renewAtMs) await this.renew();
      // Looked at often, not slept through: the clock that certificates go by may be set, or stand still meanwhile.
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /** Takes a new one, as from an authority that was replaced; one that is being made is waited for, never mixed up with it. */
  renew(): Promise<void> {
    const renewed = this.#renewing.then(() => this.#renew());
    this.#renewing = renewed.catch(() => undefined);
    return renewed;
  }

  async #renew(): Promise<void> {
    this.#current = await this.#parts.authority.issueServer(this.#parts.names);
    this.#renewAtMs = this.#nextRenewalMs();
    for (const listener of this.#listeners) listener();
  }

  #nextRenewalMs(): number {
    return this.#parts.clock.nowMs() + (this.#parts.lifeMs * 2) / 3;
  }
}

const LOOK_MS = 60_000;

/** A server's first certificate, and what renews it. */
export async function issueServerCertificates(parts: ServerCertificatesParts): Promise<ServerCertificates> {
  return new ServerCertificates(parts, await parts.authority.issueServer(parts.names));
}
