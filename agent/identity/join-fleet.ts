import { X509Certificate } from 'node:crypto';
import { askLeader, certificateRequest, checkGiven } from '../../common/enrolment/index.js';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { addressesOf } from '../../common/model/coordinator-route.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { IdentityFolder } from './identity-folder.js';

/** What the line that a person pasted says. */
export interface JoinRequest {
  /** `host:port`, or several with commas: whichever leads. */
  readonly coordinator: string;
  /** Id, dot and secret. */
  readonly token: string;
  /** `sha256:` and the digest in hex of the public key of the coordinator's authority. */
  readonly authority: string;
  /** Joins also where the host has joined and its certificate is still good. */
  readonly again: boolean;
}

/** Who joins, and where it keeps what it is given. */
export interface JoinParts {
  readonly dataDir: string;
  readonly hostId: string;
  readonly clock: Clock;
}

const TIMEOUT_MS = 30_000;

/**
 * Joins a fleet: proves the coordinator by the authority's digest before it says anything, then itself by the token, and
 * keeps the certificate durably. To be repeated after any failure. Throws `HeadframeError` with the reason.
 */
export async function joinFleet(request: JoinRequest, { dataDir, hostId, clock }: JoinParts): Promise<void> {
  const folder = new IdentityFolder(dataDir);
  if (!request.again && (await hasJoined(folder, clock.nowMs()))) throw alreadyJoined(await folder.coordinator());
  const key = await folder.nextKey();
  const { coordinator, token, authority } = request;
  try {
    const asked = { token, hostId, certificateRequest: certificateRequest(key, hostId) };
    const given = await askLeader(addressesOf(coordinator), async (address) => {
      const channel = new Channel({ address, security: { kind: 'pinned', digest: authority }, clock });
      const asking = createClient(AccessService, channel).join(asked, { timeoutMs: TIMEOUT_MS });
      return asking.finally(() => channel.close());
    });
    checkGiven(given, key);
    await folder.keep(given, coordinator);
  } catch (thrown) {
    throw explain(toHeadframeError(thrown), coordinator);
  }
}

/** Whether there is a certificate that is still good; what is damaged is not. */
async function hasJoined(folder: IdentityFolder, nowMs: number): Promise<boolean> {
  const held = await folder.load().catch(() => undefined);
  return held !== undefined && nowMs < Date.parse(new X509Certificate(held.certificate).validTo);
}

function alreadyJoined(coordinator = 'a coordinator'): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'already_joined',
    message: `this host has joined ${coordinator} already`,
    remedy: 'Start it: headframe agent start. To join anew, as after headframe hosts rm, say --again.',
  });
}

/** Where nobody answered, says who was asked; what the coordinator says stays as it is, and why it was not trusted, too. */
function explain(error: HeadframeError, coordinator: string): HeadframeError {
  if (error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  return new HeadframeError({
    code: 'unavailable',
    reason: 'coordinator_unreachable',
    message: `no coordinator with mutual TLS answers at ${coordinator}: ${error.message.slice(0, 300)}`,
    remedy: 'Check the address, that the coordinator runs, and that its security.mode is tls.',
    cause: error,
  });
}
