import type { Clock } from '../../../common/model/clock.js';
import { HeadframeError } from '../../../common/model/error.js';
import type { Logger } from '../../../common/observe/logger.js';
import type { FleetPort, Transaction } from '../../fleet/port.js';
import type { Authority, AuthorityView, FormerView, ServerCertificates } from '../authority/index.js';
import { isEmpty, whoNeeds } from './needs.js';
import type { Needs } from './needs.js';

/** What a rotation works with. */
export interface RotationParts {
  readonly authority: Pick<Authority, 'digest' | 'current' | 'former' | 'rotate' | 'retire'>;
  readonly certificates: Pick<ServerCertificates, 'renew'>;
  readonly fleet: FleetPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rejoinWindowMs: number;
}

/** How the authority stands. */
export interface RotationView {
  readonly current: AuthorityView;
  /** Undefined unless a rotation is under way. */
  readonly former: (FormerView & { readonly needs: Needs }) | undefined;
}

/** Of the names of those who would be lost so many are told in a refusal. */
const MOST_NAMED = 20;

/** Replaces the authority while its hosts go on: `rotate` begins it, `retire` ends it once nobody needs the former one. */
export class Rotation {
  readonly #parts: RotationParts;

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  /** Whether an authority is being replaced. */
  get isUnderWay(): boolean {
    return this.#parts.authority.former !== undefined;
  }

  /** How it stands now. */
  view(): RotationView {
    const { current, former } = this.#parts.authority;
    return { current, former: former && { ...former, needs: this.#needsOf(former) } };
  }

  /** Begins one, as `Authority.rotate` does and throws. */
  async rotate(digest: string, by: string): Promise<void> {
    const { authority, certificates, logger } = this.#parts;
    const before = authority.digest;
    await authority.rotate(digest);
    if (authority.digest === before) return;
    await certificates.renew();
    logger.info({ former: before, authority: authority.digest }, 'the authority was replaced');
    await this.#tell('authority_rotated', `${short(before)} by ${short(authority.digest)}, ordered by ${by}.`);
  }

  /**
   * Ends it. Throws `HeadframeError` (failed_precondition): 'authority_needed' while somebody would be lost, unless it is
   * forced; and what `Authority.retire` throws.
   */
  async retire(digest: string, { force, by }: { readonly force: boolean; readonly by: string }): Promise<void> {
    const { authority, certificates, logger } = this.#parts;
    const { former } = authority;
    const needs = former?.digest === digest ? this.#needsOf(former) : NOBODY;
    if (!force && !isEmpty(needs)) throw needed(needs);
    await authority.retire(digest);
    await certificates.renew();
    logger.info(
      { former: digest, authority: authority.digest, lost: needs },
      'the former authority is trusted no more',
    );
    await this.#tell('authority_retired', `${short(digest)}, ordered by ${by}${lostText(needs)}.`, (tx) => {
      this.#revoke(tx, needs);
    });
  }

  /** What the dropped authority has signed proves nothing any more; their open streams end by this. */
  #revoke(tx: Transaction, { hosts, clients }: Needs): void {
    const [lostHosts, lostClients] = [new Set(hosts), new Set(clients)];
    for (const credential of [...tx.credentials()]) {
      const { hostId, name = '', issuer, revokedAtMs } = credential;
      if (issuer === this.#parts.authority.digest || revokedAtMs !== undefined) continue;
      const isLost = hostId === undefined ? lostClients.has(name) : lostHosts.has(hostId);
      if (isLost) tx.putCredential({ ...credential, revokedAtMs: tx.atMs });
    }
  }

  async #tell(
    reason: 'authority_rotated' | 'authority_retired',
    text: string,
    also: (tx: Transaction) => void = () => undefined,
  ): Promise<void> {
    const { durable } = this.#parts.fleet.transact((tx) => {
      also(tx);
      tx.event({ subject: 'fleet', id: '', reason, text });
    });
    await durable;
  }

  #needsOf({ rotatedAtMs }: FormerView): Needs {
    const { fleet, authority, clock, rejoinWindowMs } = this.#parts;
    return whoNeeds(fleet, { current: authority.digest, rotatedAtMs, nowMs: clock.nowMs(), rejoinWindowMs });
  }
}

const NOBODY: Needs = { hosts: [], clients: [], tokens: [] };

/** Enough of a digest to know it by. */
function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function lostText(needs: Needs): string {
  return isEmpty(needs) ? '' : `; lost ${partsOf(needs).join('; ')}`;
}

function partsOf({ hosts, clients, tokens }: Needs): string[] {
  return Object.entries({ hosts, clients, tokens }).flatMap(([what, names]) =>
    names.length === 0 ? [] : [`${what}: ${namedOf(names)}`],
  );
}

function namedOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? `, and ${String(more)} more` : ''}`;
}

function needed(needs: Needs): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'authority_needed',
    message: `the former authority is still needed by ${partsOf(needs).join('; ')}`,
    remedy:
      'Hosts that are connected move on by themselves, others when they come back, people by their next command. Remove or revoke ' +
      'who does not come back (hosts rm, credentials revoke, token revoke), or say --force: who is named has to join or log in again.',
    metadata: {
      hosts: String(needs.hosts.length),
      clients: String(needs.clients.length),
      tokens: String(needs.tokens.length),
    },
  });
}
