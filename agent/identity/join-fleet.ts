import { X509Certificate } from 'node:crypto';
import { certificateRequest, checkGiven } from '../../common/enrolment/index.js';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError, toHeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import { IdentityFolder } from './identity-folder.js';

/** What the line that a person pasted says. */
export interface JoinRequest {
  /** `host:port`. */
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
  const channel = new Channel({ address: coordinator, security: { kind: 'pinned', digest: authority }, clock });
  try {
    const asked = { token, hostId, certificateRequest: certificateRequest(key, hostId) };
    const given = await createClient(AccessService, channel).join(asked, { timeoutMs: TIMEOUT_MS });
    checkGiven(given, key);
    await folder.keep(given, coordinator);
  } catch (thrown) {
    throw explain(toHeadframeError(thrown), coordinator);
  } finally {
    channel.close();
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

/** Where nobody that is to be trusted answered, says why; what the coordinator says stays as it is. */
function explain(error: HeadframeError, coordinator: string): HeadframeError {
  if (error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  // grpc-js hands on no more than the text of what went wrong with a connection.
  const why = WHYS.find(({ text }) => text.test(error.message)) ?? UNREACHABLE;
  const { reason, message, remedy } = why;
  const told = `${message} at ${coordinator}: ${error.message.slice(0, 300)}`;
  return new HeadframeError({ code: 'unavailable', reason, message: told, remedy, cause: error });
}

const WHYS = [
  {
    text: /the authority that was named/,
    reason: 'authority_mismatch',
    message: 'another coordinator than the one that the line is of answers',
    remedy: 'Copy the whole line again; if it is right, somebody may stand between: nothing secret was sent.',
  },
  {
    text: /altnames/,
    reason: 'coordinator_name_mismatch',
    message: 'the certificate of the coordinator is for other names than the one called',
    remedy: 'Call it by one of its names, or add this one to security.names of the coordinator.',
  },
];

const UNREACHABLE = {
  reason: 'coordinator_unreachable',
  message: 'no coordinator with mutual TLS answers',
  remedy: 'Check the address, that the coordinator runs, and that its security.mode is tls.',
};
