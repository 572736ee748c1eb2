import { join } from 'node:path';
import { refuseOffLoopback } from '../common/config/index.js';
import type { CoordinatorConfig } from '../common/config/index.js';
import { splitAddress } from '../common/model/address.js';
import { AgentService } from '../common/gen/headframe/v1/agent_service_pb.js';
import { nodeDisk } from '../common/disk/index.js';
import type { Clock } from '../common/model/clock.js';
import { MessageBus } from '../common/observe/bus.js';
import type { Logger } from '../common/observe/logger.js';
import { serveMetrics } from '../common/observe/metrics.js';
import { HealthRegistry, RpcServer, addHealth, addReflection } from '../common/rpc/index.js';
import type { RpcServerOptions, ServerSecurity } from '../common/rpc/index.js';
import { addAuditService, addClientServices, addCoordinatorService } from './api/index.js';
import type { ApiParts, CoordinatorStanding } from './api/index.js';
import { fleetAlarms } from './alarms.js';
import type { Alarm } from './alarms.js';
import { openAlerts } from './alerts/index.js';
import { writeAddress } from './address-file.js';
import { openChain } from './chain/index.js';
import { bouncerOf } from './bouncer.js';
import { Closers } from './closers.js';
import type { ContentVault } from './contents/index.js';
import { KINDS, createCore } from './core.js';
import { openFleet } from './fleet/index.js';
import type { Fleet } from './fleet/index.js';
import { openModels } from './kinds/model/index.js';
import { openModelScores } from './kinds/model/scores/index.js';
import { openModules } from './kinds/module/index.js';
import type { ModuleParts } from './kinds/module/index.js';
import type { MachineKeys } from './providers/index.js';
import type { MemberPlace } from './members/index.js';
import { refusalOf } from './leadership/index.js';
import type { Lead } from './leadership/index.js';
import { leadingOthers } from './leading-others.js';
import type { LeadingGround } from './leading-others.js';
import { Loops } from './loops.js';
import { openPolicyFile } from './policy/index.js';
import { openMirror } from './scheduler/index.js';
import { serveHttp } from './serve-http.js';
import { AUDIT_FOLDER, AuditLog, auditCalls } from './security/audit/index.js';
import { RefusalRecord, openSecurity, openTrust, securityLoops } from './security/index.js';
import type { AuthorityPlace, Security } from './security/index.js';
import type { Store, StoreServers } from './store/store.js';
import { LapseLoop } from './verify/scores/index.js';
import { Publisher, collectMetrics, collectRole, collectStore, countCalls } from './telemetry/index.js';
import { yieldTurn } from './yield-turn.js';

/** What a coordinator takes from its process. */
export interface CoordinatorParts {
  readonly store: Store;
  /** By what the store, once it is loaded, may lose what it acknowledged; nothing when left out. */
  readonly mayLose?: () => string | undefined;
  /** Watches the servers that hold the store; undefined for one in files. */
  readonly servers?: StoreServers;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly newId: () => string;
  readonly version: string;
  readonly logger: Logger;
  /** `$CREDENTIALS_DIRECTORY` of systemd, where there is one. */
  readonly credentialsFolder?: string | undefined;
  /** What the coordinators of a cluster have in common beside their store; undefined for one that is alone. */
  readonly shared?: SharedParts | undefined;
  /** For whom it leads, and whether it still does; undefined for one that has its store for itself. */
  readonly lead?: Lead | undefined;
  /** Called right before it listens, for what has listened at its addresses until then to let go of them. */
  readonly beforeListen?: (() => Promise<void>) | undefined;
}

/** What lies where every coordinator of a cluster finds it. */
export interface SharedParts {
  readonly authorityPlace: AuthorityPlace;
  readonly contentVault: ContentVault;
  readonly machineKeys: MachineKeys;
  readonly members: MemberPlace;
}

/** A running coordinator. */
export interface Coordinator {
  /** `host:port` at which agents and clients call. */
  readonly address: string;
  /** `host:port` of HTTP and WebSocket; undefined without them. */
  readonly httpAddress: string | undefined;
  /** `host:port` of /metrics; undefined without one. */
  readonly metricsAddress: string | undefined;
  /** Resolves with the cause when it cannot go on; whoever runs it stops it then. */
  readonly failed: Promise<Error>;
  /** Reads the policy file at once, and not only within seconds. */
  reloadPolicy(): Promise<void>;
  /** Ends it from intake to store; resolves when all that was acknowledged is durable and the files are let go. */
  stop(): Promise<void>;
}

/** Unary calls under way have this long to be answered when the coordinator stops, in milliseconds. */
const STOP_GRACE_MS = 3_000;

/** Opens the store and starts a coordinator over it. Throws `HeadframeError` when it cannot, with nothing left open. */
export async function openCoordinator(config: CoordinatorConfig, parts: CoordinatorParts): Promise<Coordinator> {
  if (config.security.mode === 'plaintext') {
    refuseOffLoopback({ path: 'listen', address: config.listen });
    parts.logger.warn({ listen: config.listen }, 'calls go in clear, and everybody on this machine may do everything');
  }
  const closers = new Closers();
  try {
    return await start(config, parts, closers);
  } catch (error) {
    // Why it could not start matters more than what could not be closed after that.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

/** The order of birth; the closers hold the order of death, which is the reverse. */
async function start(config: CoordinatorConfig, parts: CoordinatorParts, closers: Closers): Promise<Coordinator> {
  const { store, servers, clock, logger } = parts;
  closers.add(() => store.close());
  const refusal = refusalOf(parts.lead);
  const fleet = await openFleet(store, { clock, logger, refusal });
  // After the store, whose lock holds for all of the folder.
  const audit = await openAudit(config, parts, closers);
  const policy = await openPolicyFile(config.policyFile, { fleet, clock, logger });
  const security = await secure(config, parts, fleet);
  const [bus, mirror] = [openBus(config, logger, closers), await openMirror(fleet)];
  const refusals = new RefusalRecord({ logger, clock, audit });
  const chain = openChain({ ...parts, fleet, secrets: security?.secrets }, closers);
  const { kindLoops, ...found } = openKinds(config, { ...parts, fleet, networks: chain.networks, security });
  const core = createCore(config, parts, { fleet, bus, security, audit, policy, refusals, mirror, ...found });
  closers.add(() => core.challenges.close());
  closers.add(() => core.router.close());
  const publisher = bus && new Publisher({ fleet, board: core.board, bus, yieldTurn, asks: core.router.table });
  const alarms = (): Alarm[] => fleetAlarms(core.liveness, fleet, servers?.findings);
  const registry = collectMetrics({ ...core, ...chain, fleet, bus, publisher, alarms });
  collectRole(registry, () => refusal?.() === undefined);
  collectStore(registry, servers);

  const { loop: alerts, ...told } = await openAlerts(config.alerts, { ...parts, fleet, bus, fleetAlarms: alarms });
  const { scoring, ...scored } = await openModelScores(config.modelScores, { ...parts, ...core, fleet });
  const loops = new Loops();
  closers.add(() => loops.stop());
  const others = [policy, publisher, ...kindLoops, alerts, scoring, servers, new LapseLoop({ fleet, clock })];
  for (const loop of [...core.loops, ...chain.loops, ...others])
    if (loop !== undefined) loops.start((signal) => loop.start(signal));

  const server = createServer(config, parts, {
    ...{ onEnded: countCalls(registry), revision: () => fleet.revision },
    ...{ audit: auditCalls({ log: audit, clock, onVain: refusals.log }), refuses: refusal },
    ...bouncerOf(config, security, { clock, refusals }),
  });
  closers.add(() => server.shutdown(STOP_GRACE_MS));
  closers.add(() => core.challenges.stop());
  for (const loop of securityLoops(security, { fleet, clock, server, ...core }))
    loops.start((signal) => loop.start(signal));
  server.add(AgentService, core.sessions.service());
  const facts = { bus: bus ?? { connected: false }, servers, version: parts.version, startedAtMs: clock.nowMs() };
  const client = { ...core, ...chain, ...facts, ...found, ...scored, ...told, ...trustOf(security, config), policy };
  const models = addClientServices(server, { ...client, fleet, clock, newId: parts.newId, yieldTurn, kinds: KINDS });
  addAuditService(server, audit);
  addCoordinatorService(server, () => standingOf({ ...parts, config, fleet }, { address, sinceMs: facts.startedAtMs }));
  await parts.beforeListen?.();
  const metrics = config.metrics === undefined ? undefined : await serveMetrics(registry, splitAddress(config.metrics));
  if (metrics !== undefined) closers.add(() => metrics.close());
  const address: string = await listen(server, config.listen, security);
  closers.add(await writeAddress(config.dataDir, address));
  const http = await serveHttp(config, { ...parts, fleet, server, security, refusals, models }, closers);
  tellStarted(fleet, parts, { address, http, metrics: metrics?.address });
  return {
    ...{ address, httpAddress: http },
    metricsAddress: metrics?.address,
    failed: Promise.race([fleet.failed, loops.failed]),
    reloadPolicy: () => policy.reload(),
    stop: () => closers.close(),
  };
}

/** What the kinds need centrally, beside their workloads, and the loops that work for them. */
function openKinds(
  { dataDir, modules, models }: CoordinatorConfig,
  parts: Omit<ModuleParts, 'dataDir' | 'contentVault' | 'leads'> & Pick<CoordinatorParts, 'shared' | 'lead'>,
) {
  const { shared, lead } = parts;
  const ofCluster = { contentVault: shared?.contentVault, leads: lead?.held };
  const { lane, contentKeeper, ...found } = openModules(modules, { ...parts, ...ofCluster, dataDir });
  const made = openModels(models, { ...parts, ...modules, ...found, dataDir });
  return { ...found, ...made, kindLoops: [lane, made.modelContents, contentKeeper] };
}

async function secure(config: CoordinatorConfig, parts: CoordinatorParts, fleet: Fleet): Promise<Security | undefined> {
  return openSecurity(config, await openTrust(config, { ...parts, ...parts.shared }), { ...parts, fleet });
}

/** What handlers have of security. */
function trustOf(
  security: Security | undefined,
  config: Pick<CoordinatorConfig, 'leases'>,
): Pick<ApiParts, 'access' | 'secrets' | 'sshUsers' | 'leaseAccess'> {
  if (security === undefined) return {};
  const { secrets, ssh } = security;
  return { access: security, secrets, sshUsers: ssh.users, leaseAccess: leaseAccessOf(security, config) };
}

/** Leases need keys that are kept sealed. */
function leaseAccessOf(
  { ssh, secrets }: Security,
  { leases }: Pick<CoordinatorConfig, 'leases'>,
): ApiParts['leaseAccess'] {
  return {
    publicKeys: async () => {
      await ssh.users.publicKey();
      return { userCa: () => ssh.users.current, probeKey: await ssh.probe.publicKey() };
    },
    sealing: () => secrets.sealing(),
    passwords: leases.passwords,
  };
}

async function openAudit(
  { dataDir, audit }: CoordinatorConfig,
  { clock, logger }: CoordinatorParts,
  closers: Closers,
): Promise<AuditLog> {
  const folder = join(dataDir, AUDIT_FOLDER);
  const log = await AuditLog.open({ disk: nodeDisk, folder, clock, logger, yieldTurn }, audit);
  closers.add(() => log.close());
  return log;
}

function openBus({ nats }: CoordinatorConfig, logger: Logger, closers: Closers): MessageBus | undefined {
  const { url, ...tls } = nats;
  if (url === undefined) return undefined;
  const bus = new MessageBus({ url, tls, name: 'headframe-coordinator', logger });
  closers.add(() => bus.close());
  bus.start();
  return bus;
}

function createServer(
  { limits }: CoordinatorConfig,
  { clock, newId, logger }: CoordinatorParts,
  hooks: Pick<
    RpcServerOptions,
    'onEnded' | 'audit' | 'onRefused' | 'authorize' | 'permit' | 'refuses' | 'coordinatorOf' | 'revision'
  >,
): RpcServer {
  return new RpcServer({
    clock,
    newRequestId: newId,
    onUnforeseen: ({ error, method, requestId, peer }) => {
      logger.error({ err: error, method, request: requestId, peer }, 'a call failed unforeseen');
    },
    ...hooks,
    maxReceiveBytes: limits.maxMessageBytes,
    maxSendBytes: limits.maxMessageBytes,
    connections: limits.connections,
  });
}

/** One that leads others is known by the address that it tells them. */
function standingOf(
  { lead, version, fleet, ...parts }: Pick<CoordinatorParts, 'lead' | 'version'> & LeadingGround,
  { address, sinceMs }: { readonly address: string; readonly sinceMs: number },
): CoordinatorStanding {
  const own = lead?.address ?? address;
  const members = () => lead?.register.members ?? [];
  const told = { version, sinceMs, address: own, cluster: lead?.cluster, members };
  const leading = lead && leadingOthers(lead, { ...parts, fleet });
  return { ...told, role: 'leader', leader: () => own, epoch: fleet.epoch, leading };
}

/** Says that it serves once it does. */
async function listen(server: RpcServer, where: string, security: Security | undefined): Promise<string> {
  const health = new HealthRegistry();
  addHealth(server, health);
  addReflection(server);
  const how: ServerSecurity =
    security === undefined ? { kind: 'plaintext' } : { kind: 'mutual', source: security.certificates };
  const address = await server.listen(where, how);
  for (const name of ['', ...server.services.map(({ typeName }) => typeName)]) health.set(name, 'serving');
  return address;
}

function tellStarted(
  fleet: Fleet,
  { version, logger }: CoordinatorParts,
  addresses: Readonly<Record<'address' | 'http' | 'metrics', string | undefined>>,
): void {
  fleet.transact((tx) => {
    const text = `Version ${version}, epoch ${fleet.epoch}.`;
    tx.event({ subject: 'fleet', id: '', reason: 'coordinator_started', text });
  });
  logger.info({ ...addresses, epoch: fleet.epoch, revision: fleet.revision }, 'coordinator started');
}
