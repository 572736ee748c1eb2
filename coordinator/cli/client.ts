import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../common/gen/headframe/v1/audit_service_pb.js';
import { INSECURE_LOOPBACK, readIdentity } from '../../common/config/index.js';
import type { ClientTarget } from '../../common/config/index.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { HeadframeError } from '../../common/model/error.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { ChannelSecurity, Client } from '../../common/rpc/index.js';

/** The coordinator's services over one connection. */
export interface Connection {
  readonly target: ClientTarget;
  readonly address: string;
  readonly fleet: Client<typeof FleetService>;
  readonly hosts: Client<typeof HostService>;
  readonly access: Client<typeof AccessService>;
  readonly audit: Client<typeof AuditService>;
  readonly secrets: Client<typeof SecretService>;
  close(): void;
}

/** What the coordinator sends by default at most, and more than it takes. */
const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Opens a connection, which is not made before the first call. Throws what `readIdentity` throws. */
export async function openConnection(target: ClientTarget, clock: Clock): Promise<Connection> {
  const { address } = target;
  const channel = new Channel({
    address,
    security: await securityOf(target),
    clock,
    maxReceiveBytes: LARGEST_MESSAGE_BYTES,
    maxSendBytes: LARGEST_MESSAGE_BYTES,
  });
  return {
    target,
    address,
    fleet: createClient(FleetService, channel),
    hosts: createClient(HostService, channel),
    access: createClient(AccessService, channel),
    audit: createClient(AuditService, channel),
    secrets: createClient(SecretService, channel),
    close: () => {
      channel.close();
    },
  };
}

async function securityOf({ identity }: ClientTarget): Promise<ChannelSecurity> {
  if (identity === undefined) return { kind: 'plaintext' };
  const certificates = await readIdentity(identity);
  return { kind: 'mutual', source: { current: () => certificates } };
}

/**
 * Says of a failed call, where nobody answered at all, who was asked and what to do, and of one that was refused for its
 * proof, which proof that was; other errors stay as they are.
 */
export function explainCall(error: HeadframeError, target: ClientTarget): HeadframeError {
  if (error.reason === 'unauthenticated') return explainUnproven(error, target);
  // A coordinator that refuses says its own reason; without one it is the transport that speaks.
  if (error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  const how = target.insecureLoopback
    ? `in clear; one that was not started with ${INSECURE_LOOPBACK.flag} wants an identity instead`
    : `by the identity in ${target.identity ?? 'no folder'}; one that was started with ${INSECURE_LOOPBACK.flag} wants that here, too`;
  return new HeadframeError({
    code: 'unavailable',
    reason: 'coordinator_unreachable',
    message: `no coordinator answers at ${target.address}: ${transportText(error.message)}`,
    remedy:
      'Start it with headframe coordinator start, or name another with --address, --context or HEADFRAME_ADDRESS. It was ' +
      `called ${how}.`,
    cause: error,
  });
}

function explainUnproven(error: HeadframeError, { address, identity }: ClientTarget): HeadframeError {
  const shown = identity === undefined ? 'nothing' : `the identity in ${identity}`;
  return new HeadframeError({
    code: error.code,
    reason: error.reason,
    message: `the coordinator at ${address} was shown ${shown}: ${error.message}`,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    cause: error,
  });
}

// grpc-js wraps the system's own words: `No connection established. Last error: Error: … Resolution note: …`.
function transportText(message: string): string {
  return /Last error: (?:Error: )?(.*?)\.?\s*(?:Resolution note:.*)?$/.exec(message)?.[1] ?? message;
}
