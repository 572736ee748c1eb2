import type { X509Certificate } from 'node:crypto';
import { AccessService } from '../../common/gen/headframe/v1/access_service_pb.js';
import { AuditService } from '../../common/gen/headframe/v1/audit_service_pb.js';
import { CoordinatorService } from '../../common/gen/headframe/v1/coordinator_service_pb.js';
import { ChallengeService } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { ADMIN_FOLDER, INSECURE_LOOPBACK, readBearer, readIdentity } from '../../common/config/index.js';
import type { ClientTarget } from '../../common/config/index.js';
import { validityOf } from '../../common/enrolment/index.js';
import { FleetService } from '../../common/gen/headframe/v1/fleet_service_pb.js';
import { HostService } from '../../common/gen/headframe/v1/host_service_pb.js';
import { IntentService } from '../../common/gen/headframe/v1/intent_service_pb.js';
import { LeaseService } from '../../common/gen/headframe/v1/lease_service_pb.js';
import { LeaseAccessService } from '../../common/gen/headframe/v1/lease_access_service_pb.js';
import { MachineService } from '../../common/gen/headframe/v1/machine_service_pb.js';
import { ModelScoreService } from '../../common/gen/headframe/v1/model_score_service_pb.js';
import { ModelService } from '../../common/gen/headframe/v1/model_service_pb.js';
import { ModuleService } from '../../common/gen/headframe/v1/module_service_pb.js';
import { NetworkService } from '../../common/gen/headframe/v1/network_service_pb.js';
import { PlotService } from '../../common/gen/headframe/v1/plot_service_pb.js';
import { RegistrationService } from '../../common/gen/headframe/v1/registration_service_pb.js';
import { RewardsService } from '../../common/gen/headframe/v1/rewards_service_pb.js';
import { SecretService } from '../../common/gen/headframe/v1/secret_service_pb.js';
import { StakeService } from '../../common/gen/headframe/v1/stake_service_pb.js';
import { WalletService } from '../../common/gen/headframe/v1/wallet_service_pb.js';
import type { Clock } from '../../common/model/clock.js';
import { addressesOf } from '../../common/model/coordinator-route.js';
import { HeadframeError } from '../../common/model/error.js';
import { findLeader } from './find-leader.js';
import { Channel, createClient } from '../../common/rpc/index.js';
import type { Certificates, ChannelSecurity, Client } from '../../common/rpc/index.js';

/** The coordinator's services over one connection. */
export interface Connection {
  readonly target: ClientTarget;
  readonly address: string;
  /** Those that it shows, if it shows any. */
  readonly certificates: Certificates | undefined;
  /** The certificate that the coordinator has proven; undefined in clear, and before the first call. */
  server(): X509Certificate | undefined;
  /** A new connection to the same coordinator, by the identity as it is on disk by then. */
  again(): Promise<Connection>;
  readonly fleet: Client<typeof FleetService>;
  readonly hosts: Client<typeof HostService>;
  readonly access: Client<typeof AccessService>;
  readonly audit: Client<typeof AuditService>;
  readonly secrets: Client<typeof SecretService>;
  readonly wallets: Client<typeof WalletService>;
  readonly leases: Client<typeof LeaseService>;
  readonly models: Client<typeof ModelService>;
  readonly modules: Client<typeof ModuleService>;
  readonly modelScores: Client<typeof ModelScoreService>;
  readonly networks: Client<typeof NetworkService>;
  readonly intents: Client<typeof IntentService>;
  readonly registration: Client<typeof RegistrationService>;
  readonly stake: Client<typeof StakeService>;
  readonly leaseAccess: Client<typeof LeaseAccessService>;
  readonly rewards: Client<typeof RewardsService>;
  readonly challenges: Client<typeof ChallengeService>;
  readonly plots: Client<typeof PlotService>;
  readonly machines: Client<typeof MachineService>;
  readonly coordinator: Client<typeof CoordinatorService>;
  close(): void;
}

/** How coordinators are called. */
export interface Calling {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Told, with each answer of a coordinator that follows, how old that may be at the most, in milliseconds, and who gives it. */
  readonly onAge?: (ageMs: number, address: string) => void;
}

/** How a coordinator was called. */
type Shown = Pick<Connection, 'target' | 'certificates'>;

/** What the coordinator sends by default at most, and more than it takes. */
const LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

/**
 * Opens a connection to the coordinator, or to the one of several that leads, which is looked for first; else it is not made
 * before the first call. Throws what `readIdentity` and `readBearer` throw.
 */
export async function openConnection(target: ClientTarget, calling: Calling): Promise<Connection> {
  const addresses = addressesOf(target.address);
  if (addresses.length < 2) return connectTo(target, calling);
  const at = (address: string): Promise<Connection> => connectTo({ ...target, address }, calling);
  const found = await findLeader(addresses, { ...calling, at });
  return { ...found, again: () => openConnection(target, calling) };
}

async function connectTo(target: ClientTarget, calling: Calling): Promise<Connection> {
  const { clock, onAge = () => undefined } = calling;
  const { address } = target;
  const certificates = target.identity === undefined ? undefined : await readIdentity(target.identity);
  let server: X509Certificate | undefined;
  const channel = new Channel({
    address,
    security: await securityOf(target, certificates),
    clock,
    maxReceiveBytes: LARGEST_MESSAGE_BYTES,
    maxSendBytes: LARGEST_MESSAGE_BYTES,
    onServer: (certificate) => {
      server = certificate;
    },
    onHeaders: (headers) => {
      const ageMs = headers.get('headframe-age-ms') ?? '';
      if (/^\d{1,15}$/.test(ageMs)) onAge(Number(ageMs), address);
    },
  });
  return {
    target,
    address,
    certificates,
    server: () => server,
    again: () => connectTo(target, calling),
    fleet: createClient(FleetService, channel),
    hosts: createClient(HostService, channel),
    access: createClient(AccessService, channel),
    audit: createClient(AuditService, channel),
    secrets: createClient(SecretService, channel),
    wallets: createClient(WalletService, channel),
    leases: createClient(LeaseService, channel),
    models: createClient(ModelService, channel),
    modules: createClient(ModuleService, channel),
    modelScores: createClient(ModelScoreService, channel),
    networks: createClient(NetworkService, channel),
    intents: createClient(IntentService, channel),
    registration: createClient(RegistrationService, channel),
    stake: createClient(StakeService, channel),
    leaseAccess: createClient(LeaseAccessService, channel),
    rewards: createClient(RewardsService, channel),
    challenges: createClient(ChallengeService, channel),
    plots: createClient(PlotService, channel),
    machines: createClient(MachineService, channel),
    coordinator: createClient(CoordinatorService, channel),
    close: () => {
      channel.close();
    },
  };
}

async function securityOf({ bearer }: ClientTarget, certificates: Certificates | undefined): Promise<ChannelSecurity> {
  if (bearer !== undefined) return readBearer(bearer);
  return certificates === undefined
    ? { kind: 'plaintext' }
    : { kind: 'mutual', source: { current: () => certificates } };
}

/**
 * Says of a failed call, where nobody answered at all, who was asked and what to do, and of one that was refused for its
 * proof, which proof that was; other errors stay as they are.
 */
export function explainCall(error: HeadframeError, { target, certificates }: Shown, nowMs: number): HeadframeError {
  if (error.reason === 'unauthenticated') return explainUnproven(error, { target, certificates }, nowMs);
  // A coordinator that refuses says its own reason; without one it is the transport that speaks.
  if (error.code !== 'unavailable' || error.reason !== 'unavailable') return error;
  const how = target.insecureLoopback
    ? `in clear; one that was not started with ${INSECURE_LOOPBACK.flag} wants an identity instead`
    : `by ${proofOf(target)}; one that was started with ${INSECURE_LOOPBACK.flag} wants that here, too`;
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

function explainUnproven(error: HeadframeError, { target, certificates }: Shown, nowMs: number): HeadframeError {
  const { code, reason, remedy } = error;
  const shown = `the coordinator at ${target.address} was shown ${proofOf(target)}`;
  if (certificates !== undefined && nowMs >= validityOf(certificates).toMs)
    return new HeadframeError({
      ...{ code, reason: 'identity_expired' },
      message: `${shown}, which expired on ${new Date(validityOf(certificates).toMs).toISOString()}`,
      remedy:
        'Log in again by a line of headframe token create. A coordinator of which nobody is an admin any more makes a new identity ' +
        `in DATA_DIR/${ADMIN_FOLDER} at its next start.`,
      cause: error,
    });
  return new HeadframeError({
    ...{ code, reason, message: `${shown}: ${error.message}` },
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  });
}

function proofOf({ identity, bearer }: ClientTarget): string {
  if (bearer !== undefined) return `the bearer token in ${bearer.tokenFile}`;
  return identity === undefined ? 'nothing' : `the identity in ${identity}`;
}

/** The system's own words, which grpc-js wraps: `No connection established. Last error: Error: … Resolution note: …`. */
export function transportText(message: string): string {
  return /Last error: (?:Error: )?(.*?)\.?\s*(?:Resolution note:.*)?$/.exec(message)?.[1] ?? message;
}
