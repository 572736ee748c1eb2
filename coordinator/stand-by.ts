import { refuseOffLoopback } from '../common/config/index.js';
import type { CoordinatorConfig } from '../common/config/index.js';
import { CoordinatorService } from '../common/gen/headframe/v1/coordinator_service_pb.js';
import { Health } from '../common/gen/grpc/health/v1/health_pb.js';
import { splitAddress } from '../common/model/address.js';
import type { HeadframeError } from '../common/model/error.js';
import type { Clock } from '../common/model/clock.js';
import type { Logger } from '../common/observe/logger.js';
import { createRegistry, serveMetrics } from '../common/observe/metrics.js';
import { HealthRegistry, RpcServer, addHealth } from '../common/rpc/index.js';
import type { HandOn, HandedOutcome, HandingOn, RpcServerOptions } from '../common/rpc/index.js';
import { addCoordinatorService } from './api/index.js';
import { Closers } from './closers.js';
import { Follower, admissionOf } from './follower/index.js';
import { openStandByGateway } from './gateway/index.js';
import { openForwarding } from './forward/index.js';
import { notLeader } from './leadership/index.js';
import type { LeaseHolder } from './leadership/index.js';
import { Loops } from './loops.js';
import type { Member } from './members/index.js';
import { RefusalLog, knowCoordinators, openTrust } from './security/index.js';
import type { AuthorityPlace, Trust } from './security/index.js';
import type { StoreTail } from './store/tail.js';
import { collectFollowing, collectRole, countCalls } from './telemetry/index.js';
import { yieldTurn } from './yield-turn.js';

/** What stands by. */
export interface StandByParts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly version: string;
  readonly logger: Logger;
  readonly credentialsFolder?: string | undefined;
  readonly shared?: { readonly authorityPlace: AuthorityPlace } | undefined;
  /** Name of those that share a store. */
  readonly cluster: string;
  /** Where this one is to be reached. */
  readonly advertise: string;
  /** Where the one that leads is; undefined while none is known to. */
  readonly leader: () => string | undefined;
  /** The same, and what it takes. */
  readonly holder: () => LeaseHolder | undefined;
  /** Those that share the store. */
  readonly members: () => readonly Member[];
  /** Why this one does not stand for leadership; undefined while it does. */
  readonly hindrance: () => HeadframeError | undefined;
  /** The store as the one that leads writes it; without it nothing of the fleet is told. */
  readonly tail?: StoreTail | undefined;
}

/** A coordinator that follows: its ports are open, it answers what the records tell, and whoever asks for more is told who leads. */
export interface StandBy {
  /** `host:port` at which it is called. */
  readonly address: string;
  /** Of HTTP; undefined without it. */
  readonly httpAddress: string | undefined;
  /** Lets go of its addresses at once; resolves when they can be listened at. */
  letGo(): Promise<void>;
  /** Resolves when all has ended. */
  close(): Promise<void>;
}

/** What a follower answers without knowing the fleet. */
const ANSWERED = new Set(
  [CoordinatorService.method.getCoordinator, Health.method.check, Health.method.watch].map(
    ({ parent, name }) => `/${parent.typeName}/${name}`,
  ),
);

/** Opens the ports of a coordinator that does not lead. Throws `HeadframeError`, with nothing left open. */
export async function openStandBy(config: CoordinatorConfig, parts: StandByParts): Promise<StandBy> {
  if (config.security.mode === 'plaintext') refuseOffLoopback({ path: 'listen', address: config.listen });
  const closers = new Closers();
  try {
    return await open(config, parts, closers);
  } catch (error) {
    // Why it could not be opened matters more.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

async function open(config: CoordinatorConfig, parts: StandByParts, closers: Closers): Promise<StandBy> {
  const trust = await openTrust(config, { ...parts, ...parts.shared });
  const loops = new Loops();
  closers.add(() => loops.stop());
  for (const loop of trust?.loops ?? []) loops.start((signal) => loop.start(signal));
  const follower = followerOf(parts, () => forwarding.revision());
  const figures = await tellFigures(config.metrics, follower);
  closers.add(() => figures.close());
  const { serverMs: lifeMs } = config.security.lives;
  const onRefused = new RefusalLog(parts.logger, parts.clock).note;
  const serves = (method: string): boolean => ANSWERED.has(method) || follower?.serves(method) === true;
  const named = { name: parts.advertise, lifeMs, leader: parts.holder };
  const forwarding = await openForwarding({ ...parts, ...named, trust, serves, onRefused, onOver: figures.onOver });
  if (follower !== undefined) loops.start((signal) => follower.run(signal));
  const server = serverOf(config, parts, { trust, follower, serves, ...figures, ...forwarding });
  closers.add(() => server.shutdown(0));
  closers.add(async () => {
    forwarding.close();
  });
  const security = trust === undefined ? 'plaintext' : 'mutual';
  const address = await server.listen(
    config.listen,
    trust === undefined ? { kind: 'plaintext' } : { kind: 'mutual', source: trust.certificates },
  );
  const gateway = await gatewayOf(config, parts, {
    trust,
    connect: (peer) => figures.connection(forwarding.connect(peer)),
  });
  if (gateway !== undefined) closers.add(() => gateway.close(0));
  parts.logger.info({ address, http: gateway?.address, security }, 'standing by');
  return {
    ...{ address, httpAddress: gateway?.address },
    letGo: async () => {
      // What listens is let go of first, all at once, and that needs a turn; connections take longer to end.
      forwarding.close();
      void figures.close();
      void gateway?.close(0);
      void server.shutdown(0);
      void closers.close().catch(() => undefined);
      await yieldTurn();
    },
    close: () => closers.close(),
  };
}

/** What is counted of calls and connections. */
interface Figures extends Pick<RpcServerOptions, 'onEnded'> {
  readonly onOver: (outcome: HandedOutcome) => void;
  /** Counts what came of a connection that is handed on. */
  readonly connection: <T>(handed: Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const UNTOLD: Figures = {
  onEnded: undefined,
  onOver: () => undefined,
  connection: (handed) => handed,
  close: async () => undefined,
};

/** Tells Prometheus of what is done here, where an address is given for it. */
async function tellFigures(address: string | undefined, follower: Follower | undefined): Promise<Figures> {
  if (address === undefined) return UNTOLD;
  const registry = createRegistry('coordinator');
  collectRole(registry, () => false);
  const handed = collectFollowing(registry, follower);
  const metrics = await serveMetrics(registry, splitAddress(address));
  const connection: Figures['connection'] = async (connecting) => {
    connecting.then(
      () => {
        handed.connection(true);
      },
      () => {
        handed.connection(false);
      },
    );
    return connecting;
  };
  return { onEnded: countCalls(registry), onOver: handed.call, connection, close: () => metrics.close() };
}

/** `ask` asks the one that leads for its revision. */
function followerOf(parts: StandByParts, ask: HandingOn['revision']): Follower | undefined {
  const { tail, leader } = parts;
  return tail && new Follower({ ...parts, tail, ask, yieldTurn, refusal: () => notLeader(leader()) });
}

/** By what calls are let in, answered and handed on. */
interface Answering extends Pick<Figures, 'onEnded'> {
  readonly trust: Trust | undefined;
  readonly follower: Follower | undefined;
  readonly serves: (method: string) => boolean;
  readonly handOn: HandOn;
}

function serverOf(
  config: CoordinatorConfig,
  parts: StandByParts,
  { trust, follower, serves, handOn, onEnded }: Answering,
): RpcServer {
  const { clock, newId, logger, version, cluster, advertise, leader, members, hindrance } = parts;
  const refusal = () => notLeader(leader());
  const server = new RpcServer({
    ...{ clock, newRequestId: newId, connections: config.limits.connections, handOn, onEnded },
    coordinatorOf: knowCoordinators(trust?.authority),
    onUnforeseen: ({ error, method, requestId, peer }) => {
      logger.error({ err: error, method, request: requestId, peer }, 'a call failed unforeseen');
    },
    refuses: (method) => (serves(method) ? undefined : refusal()),
    prepare: follower?.prepare,
    ...(trust === undefined ? {} : admissionOf(config, { trust, follower, clock, logger, refusal })),
  });
  follower?.addTo(server);
  const health = new HealthRegistry();
  addHealth(server, health);
  // So that what balances by it leads to the one that leads.
  health.set('', 'not_serving');
  const standing = { role: 'follower', address: advertise, leader, members, version, sinceMs: clock.nowMs() } as const;
  addCoordinatorService(server, () => ({
    ...standing,
    cluster,
    epoch: 0,
    hindrance: hindrance(),
    following: follower,
  }));
  health.set(CoordinatorService.typeName, 'serving');
  return server;
}

async function gatewayOf(
  { http, security: { mode }, limits }: CoordinatorConfig,
  { newId, leader }: StandByParts,
  { trust, connect }: { readonly trust: Trust | undefined } & Pick<HandingOn, 'connect'>,
) {
  if (http.listen === undefined) return undefined;
  if (mode === 'plaintext') refuseOffLoopback({ path: 'http.listen', address: http.listen });
  const bounds = { source: trust?.certificates, limits: limits.connections, onRefused: () => undefined };
  return openStandByGateway({ ...bounds, connect, newId, refusal: () => notLeader(leader()) }, http.listen);
}
