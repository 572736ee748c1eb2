import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { HostOrder } from '../../common/gen/headframe/v1/agent_service_pb.js';
import { certificateRequest, checkGiven } from '../../common/enrolment/index.js';
import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { HeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import type { Given } from '../../common/enrolment/index.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Client } from '../../common/rpc/index.js';
import type { Identity, Validity } from './identity.js';

/** What renewal works with. */
export interface RenewalParts {
  /** Undefined for a host that has no certificate. */
  readonly identity?: Identity | undefined;
  /** `host:port` at which it is called now. */
  readonly coordinator: { readonly current: string };
  readonly hostId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

const TIMEOUT_MS = 30_000;
/** A timer sleeps with the machine, and the wall clock may be set: it is looked at again at least this often. */
const LONGEST_SLEEP_MS = 600_000;
const SHORTEST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Once nothing is left to lose but time. */
const LONGEST_EXPIRED_RETRY_MS = 600_000;

/** When to renew a certificate: between half and four fifths of its life, so that a fleet does not come at once. */
export function renewAtMs({ fromMs, toMs }: Validity, random: number): number {
  return fromMs + (toMs - fromMs) * (0.5 + 0.3 * random);
}

/** Of a try in vain. */
export interface Failure {
  readonly nowMs: number;
  /** One after the other, from 1. */
  readonly failures: number;
  /** 0 ≤ x < 1. */
  readonly random: number;
}

/**
 * When to try again after a failure: ten times in what is left, but no more than once a second, and once an hour at least.
 * When nothing is left, later and later, up to ten minutes, half of it random so that a fleet does not come at once.
 */
export function retryInMs({ toMs }: Validity, { nowMs, failures, random }: Failure): number {
  if (nowMs < toMs) return Math.min(LONGEST_RETRY_MS, Math.max(SHORTEST_RETRY_MS, (toMs - nowMs) / 10));
  const delayMs = Math.min(LONGEST_EXPIRED_RETRY_MS, SHORTEST_RETRY_MS * 2 ** Math.min(failures, 20));
  return delayMs / 2 + random * (delayMs / 2);
}

/** Keeps a host's certificate fresh; sessions that are open go on with the older one. */
export class Renewal {
  readonly #parts: RenewalParts;
  #hurried = false;
  #wake: () => void = () => undefined;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** Renews it now, whatever its age, where the coordinator orders that: the authority was replaced. */
  order({ order }: HostOrder): void {
    if (order.case !== 'renewCertificate') return;
    this.#parts.logger.info('the coordinator asks for a renewal of the certificate');
    this.#hurried = true;
    this.#wake();
  }

  /** Runs until the signal; not at all for a host that has no certificate. */
  loops(signal: AbortSignal): Promise<void>[] {
    const { identity } = this.#parts;
    return identity === undefined ? [] : [this.#run(identity, signal)];
  }

  async #run(identity: Identity, signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#parts;
    const ended = (): boolean => signal.aborted;
    let last: HeadframeError | undefined;
    let failures = 0;
    let atMs = renewAtMs(identity.validity(), random());
    while (!ended()) {
      const waitMs = atMs - clock.nowMs();
      if (waitMs > 0 && !this.#hurried) {
        await this.#sleep(Math.min(waitMs, LONGEST_SLEEP_MS), signal);
        continue;
      }
      this.#hurried = false;
      try {
        await this.#renew(identity, last, signal);
        [last, failures] = [undefined, 0];
        // Counted from now: certificates begin a while before they are given, for the sake of clocks that are behind.
        atMs = renewAtMs({ ...identity.validity(), fromMs: clock.nowMs() }, random());
      } catch (thrown) {
        if (ended()) return;
        last = toHeadframeError(thrown);
        failures += 1;
        const { reason, message, remedy } = last;
        const inMs = retryInMs(identity.validity(), { nowMs: clock.nowMs(), failures, random: random() });
        atMs = clock.nowMs() + inMs;
        const fields = { reason, remedy, retryMs: Math.round(inMs) };
        logger.warn(fields, `the certificate could not be renewed: ${message}`);
      }
    }
  }

  async #renew(identity: Identity, last: HeadframeError | undefined, signal: AbortSignal): Promise<void> {
    const { hostId, clock, logger } = this.#parts;
    // The coordinator's clock counts, and by that it may have expired before it does here.
    const isExpired = clock.nowMs() >= identity.validity().toMs || last?.code === 'unauthenticated';
    const key = await identity.nextKey();
    const asked = { certificateRequest: certificateRequest(key, hostId) };
    const options = { timeoutMs: TIMEOUT_MS, signal };
    const given = await this.#call<Given>(identity, (access) =>
      isExpired ? access.rejoin(asked, options) : access.renewCertificate(asked, options),
    );
    checkGiven(given, key);
    await identity.renew(given);
    const validUntil = new Date(identity.validity().toMs).toISOString();
    logger.info({ validUntil, hadExpired: isExpired }, 'the certificate was renewed');
    // Shows it, for only then the coordinator knows that it has arrived. Any later call does that, too.
    await this.#call(identity, (access) => access.whoAmI({}, options)).catch((error: unknown) => {
      logger.debug({ err: error }, 'the new certificate could not be shown yet');
    });
  }

  /** Over a connection of its own, for an old one shows the certificate that it was made with. */
  async #call<T>(identity: Identity, call: (access: Client<typeof AccessService>) => Promise<T>): Promise<T> {
    const { coordinator, clock } = this.#parts;
    const channel = new Channel({
      address: coordinator.current,
      security: { kind: 'mutual', source: identity },
      clock,
    });
    try {
      return await call(createClient(AccessService, channel));
    } finally {
      channel.close();
    }
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await this.#parts.clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    this.#wake = () => undefined;
  }
}
