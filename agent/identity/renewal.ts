import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { toHeadframeError } from '../../common/model/error.js';
import type { Logger } from '../../common/observe/logger.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { certificateRequest } from '../../common/enrolment/index.js';
import type { Identity, Validity } from './identity.js';

/** What renewal works with. */
export interface RenewalParts {
  readonly identity: Identity;
  readonly coordinator: string;
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

/** When to renew a certificate: between half and four fifths of its life, so that a fleet does not come at once. */
export function renewAtMs({ fromMs, toMs }: Validity, random: number): number {
  return fromMs + (toMs - fromMs) * (0.5 + 0.3 * random);
}

/** When to try again after a failure: ten times in what is left, but no more than once a second, and once an hour at least. */
export function retryInMs({ toMs }: Validity, nowMs: number): number {
  return Math.min(LONGEST_RETRY_MS, Math.max(SHORTEST_RETRY_MS, (toMs - nowMs) / 10));
}

/** The loop that keeps a host's certificate fresh until the signal; none for a host that has no certificate. */
export function renewals(
  parts: Omit<RenewalParts, 'identity'> & { readonly identity?: Identity | undefined },
  signal: AbortSignal,
): Promise<void>[] {
  const { identity } = parts;
  return identity === undefined ? [] : [keepRenewed({ ...parts, identity }, signal)];
}

/** Sessions that are open go on with the older certificate. */
async function keepRenewed(parts: RenewalParts, signal: AbortSignal): Promise<void> {
  const { identity, clock, logger, random } = parts;
  const ended = (): boolean => signal.aborted;
  let atMs = renewAtMs(identity.validity(), random());
  while (!ended()) {
    const waitMs = atMs - clock.nowMs();
    if (waitMs > 0) {
      await clock.sleep(Math.min(waitMs, LONGEST_SLEEP_MS), signal).catch(() => undefined);
      continue;
    }
    try {
      await renewOnce(parts, signal);
      // Counted from now: certificates begin a while before they are given, for the sake of clocks that are behind.
      atMs = renewAtMs({ ...identity.validity(), fromMs: clock.nowMs() }, random());
      logger.info({ validUntil: new Date(identity.validity().toMs).toISOString() }, 'the certificate was renewed');
    } catch (thrown) {
      if (ended()) return;
      const { reason, message, remedy } = toHeadframeError(thrown);
      atMs = clock.nowMs() + retryInMs(identity.validity(), clock.nowMs());
      logger.warn({ reason, remedy }, `the certificate could not be renewed: ${message}`);
    }
  }
}

async function renewOnce({ identity, coordinator, hostId, clock }: RenewalParts, signal: AbortSignal): Promise<void> {
  const key = await identity.nextKey();
  // A connection of its own, for an old one shows the certificate that it was made with.
  const channel = new Channel({ address: coordinator, security: { kind: 'mutual', source: identity }, clock });
  try {
    const asked = { certificateRequest: certificateRequest(key, hostId) };
    const options = { timeoutMs: TIMEOUT_MS, signal };
    await identity.renew(await createClient(AccessService, channel).renewCertificate(asked, options));
  } finally {
    channel.close();
  }
}
