import { z } from 'zod';
import { GUARD_PERIOD_MS, LARGEST_GRACE_SHARE } from '../model/host-lease.js';
import { bytesField, durationField, strictObject } from '../model/schema/index.js';
import { alertsField } from './alerts-config.js';
import { challengesField } from './challenges-config.js';
import { absolutePathField, addressField, folderField, listenField, logField } from './fields.js';
import { httpField } from './http-config.js';
import { loadConfig } from './load-config.js';
import { modelScoresField } from './model-scores-config.js';
import { modelsField } from './models-config.js';
import { modulesField } from './modules-config.js';
import { providersField } from './providers-config.js';
import { routerField } from './router-config.js';
import { natsField } from './nats-config.js';
import { storeField } from './store-config.js';
import { vmsField } from './vms-config.js';
import type { ConfigSources } from './load-config.js';

/** From an hour, so that a renewal has time, to ten years, the life of the authority. */
const lifeField = durationField({ min: 3_600_000, max: 3_650 * 86_400_000 });

const countField = z.int().min(1).max(1_000_000);

/** Where the coordinator of a machine keeps what it keeps, unless told otherwise. */
export const DEFAULT_COORDINATOR_DATA_DIR = '/var/lib/headframe/coordinator';

interface AuthoritySettings {
  readonly authorityCertificateFile?: string | undefined;
  readonly authorityKeyFile?: string | undefined;
}

function ownAuthorityOf({ authorityCertificateFile: certificateFile, authorityKeyFile: keyFile }: AuthoritySettings) {
  return certificateFile === undefined || keyFile === undefined ? undefined : { certificateFile, keyFile };
}

/** The coordinator's configuration as written; parsed to `CoordinatorConfig`. */
export const coordinatorConfigSchema = strictObject({
  listen: listenField.prefault('127.0.0.1:7700').describe('Address at which agents and clients call.'),
  advertise: addressField
    .optional()
    .describe(
      'Address of this coordinator among several, which the others tell agents and clients; without it `listen`.',
    ),
  dataDir: folderField.prefault(DEFAULT_COORDINATOR_DATA_DIR).describe('Folder of the store.'),
  store: storeField.describe('Where the records of the fleet are kept.'),
  nats: natsField.describe('Message bus.'),
  metrics: listenField.optional().describe('Address of /metrics for Prometheus; without it there is none.'),
  http: httpField.describe('HTTP and WebSocket beside gRPC.'),
  router: routerField.describe('How models are asked through the coordinator.'),
  vms: vmsField.describe("TensorNode's routes over HTTP."),
  heartbeatPeriod: durationField({ min: 100, max: 300_000 })
    .prefault('5s')
    .describe('Time between two heartbeats of an agent.'),
  leaseLength: durationField({ min: 1000, max: 3_600_000 })
    .prefault('30s')
    .describe('Time after its last answered heartbeat for which a host keeps its exclusive instances.'),
  massLoss: strictObject({
    share: z
      .number()
      .min(0.05)
      .max(1)
      .prefault(0.4)
      .describe('When more than this part of the hosts falls silent at once, nothing is replaced; 1 never brakes.'),
    minHosts: z.int().min(1).max(100_000).prefault(3).describe('Fleets of fewer hosts are not braked.'),
    window: durationField({ min: 1000, max: 86_400_000 })
      .prefault('5m')
      .describe('Hosts lost within this time of each other count together.'),
  })
    .prefault({})
    .describe('Brake on replacing what ran on hosts that fell silent many at once.'),
  usageInterval: durationField({ min: 1000, max: 3_600_000 })
    .prefault('10s')
    .describe('Time between two usage reports of an agent.'),
  upkeep: strictObject({
    rebootShare: z
      .number()
      .min(0)
      .max(1)
      .prefault(0.05)
      .describe('Part of the hosts that may reboot at once; one always may.'),
    rebootDeadline: durationField({ min: 1000, max: 86_400_000 })
      .prefault('15m')
      .describe('Time for a reboot; a host that is not back by then stays drained.'),
  })
    .prefault({})
    .describe('Planned work on hosts.'),
  autoscaleInterval: durationField({ min: 500, max: 3_600_000 })
    .prefault('15s')
    .describe('Time between two looks at the load of autoscaled miners.'),
  limits: strictObject({
    maxMessage: bytesField({ min: 64 * 1024, max: 256 * 2 ** 20 })
      .prefault('16MiB')
      .describe('Largest message that is taken from an agent or client.'),
    connections: z.int().min(10).max(1_000_000).prefault(50_000).describe('Connections that may be open at once.'),
    connectionsPerAddress: z
      .int()
      .min(1)
      .max(1_000_000)
      .prefault(1_000)
      .describe('Connections from one address of another machine.'),
    callsPerSecond: countField
      .prefault(500)
      .describe('Calls a second of one person or program in the long run; four times as many may come at once.'),
    callsAtOnce: countField.prefault(2_000).describe('Calls of one person or program that may be open at once.'),
    agentCallsPerSecond: countField.prefault(50).describe('The same of one agent.'),
    agentCallsAtOnce: countField.prefault(256).describe('The same of one agent: its session and its tunnels.'),
  })
    .prefault({})
    .describe('Bounds on what comes in.'),
  security: strictObject({
    mode: z
      .enum(['plaintext', 'tls'])
      .prefault('tls')
      .describe(
        'tls: mutual TLS 1.3 for every call; plaintext, as `--insecure-loopback`: on the loopback alone, and everybody there may do everything.',
      ),
    names: z
      .array(
        z
          .string()
          .max(253)
          .regex(/^[A-Za-z0-9:._-]+$/, 'a DNS name or an address'),
      )
      .max(100)
      .prefault([])
      .describe('Further names and addresses at which agents and clients call; its own are known.'),
    keyFile: absolutePathField.optional().describe('Key that protects the authority on disk: 32 random bytes or more.'),
    passphraseFile: absolutePathField.optional().describe('Passphrase that does, where there is no key.'),
    authorityCertificateFile: absolutePathField
      .optional()
      .describe('An authority of your own: its certificate, then those that lead to its root, the root included; PEM.'),
    authorityKeyFile: absolutePathField.optional().describe('Its key: ECDSA on P-256, PEM, without a passphrase.'),
    agentCertificateLife: lifeField.prefault('30d').describe('Life of the certificate of a host.'),
    clientCertificateLife: lifeField.prefault('365d').describe('Life of the certificate of a person or program.'),
    serverCertificateLife: lifeField.prefault('30d').describe('Life of its own certificate.'),
    rejoinWindow: durationField({ min: 0, max: 3_650 * 86_400_000 })
      .prefault('30d')
      .describe('How long after its certificate has expired a host may come back by its old key; 0 for not at all.'),
  })
    .prefault({})
    .describe('Who is let in, and how that is proven.'),
  audit: strictObject({
    fileSize: bytesField({ min: 64 * 1024, max: 64 * 2 ** 20 })
      .prefault('8MiB')
      .describe('Size at which a file ends.'),
    files: z.int().min(2).max(10_000).prefault(128).describe('The oldest file goes when there would be more.'),
    maxAge: durationField({ min: 86_400_000, max: 3_650 * 86_400_000 })
      .optional()
      .describe('A file goes when its last entry is older than this; without it only the number of files counts.'),
  })
    .prefault({})
    .describe('Record of who changed what.'),
  policyFile: absolutePathField
    .optional()
    .describe(
      'What of hosts the miners of which namespaces may ask for; without it no devices and added capabilities.',
    ),
  modules: modulesField.describe('Repositories of modules.'),
  models: modelsField.describe('What models are built of.'),
  challenges: challengesField.describe('Having hosts prove what they claim.'),
  modelScores: modelScoresField.describe('Asking models now and then, and scoring them by what they answer.'),
  alerts: alertsField.describe('Telling somebody of what is wrong.'),
  providers: providersField.describe('Where machines come from that are given out.'),
  leases: strictObject({
    passwords: z
      .boolean()
      .prefault(false)
      .describe('Whether a lease may have a password for root, told once when it is made; keys are safer.'),
    image: z
      .string()
      .max(500)
      .optional()
      .describe('Image of leases that are asked for over HTTP without one; without it they have to name one.'),
  })
    .prefault({})
    .describe('Parts of hosts that somebody rents.'),
  log: logField.prefault({}).describe('Log on standard error.'),
})
  .refine(
    ({ security }) => (security.authorityCertificateFile === undefined) === (security.authorityKeyFile === undefined),
    { path: ['security', 'authorityKeyFile'], error: 'together with authorityCertificateFile, or neither of them' },
  )
  .refine(
    ({ store, listen, advertise }) =>
      store.kind === 'lowdb' || advertise !== undefined || !/^(?:0\.0\.0\.0|\[::\]):/.test(listen),
    { path: ['advertise'], error: 'the address at which others reach this coordinator, for it listens at every one' },
  )
  .refine(({ alerts, nats }) => !alerts.nats || nats.url !== undefined, {
    path: ['alerts', 'nats'],
    error: 'together with nats.url',
  })
  .refine(({ heartbeatPeriod, leaseLength }) => leaseLength >= 3 * heartbeatPeriod, {
    path: ['leaseLength'],
    error: 'at least three times heartbeatPeriod, so that one lost heartbeat costs no lease',
  })
  .refine(({ leaseLength }) => leaseLength * LARGEST_GRACE_SHARE > GUARD_PERIOD_MS, {
    path: ['leaseLength'],
    error: 'at least 800ms, so that a guard sees the time to stop instances before the lease ends',
  })
  .transform(
    ({
      heartbeatPeriod,
      leaseLength,
      massLoss,
      usageInterval,
      autoscaleInterval,
      limits,
      upkeep,
      audit,
      security,
      ...rest
    }) => ({
      ...rest,
      security: {
        ...{ mode: security.mode, names: security.names },
        ...{ keyFile: security.keyFile, passphraseFile: security.passphraseFile },
        rejoinWindowMs: security.rejoinWindow,
        ownAuthority: ownAuthorityOf(security),
        lives: {
          agentMs: security.agentCertificateLife,
          clientMs: security.clientCertificateLife,
          serverMs: security.serverCertificateLife,
        },
      },
      audit: { fileBytes: audit.fileSize, files: audit.files, maxAgeMs: audit.maxAge },
      upkeep: { rebootShare: upkeep.rebootShare, rebootDeadlineMs: upkeep.rebootDeadline },
      massLoss: { share: massLoss.share, minHosts: massLoss.minHosts, windowMs: massLoss.window },
      heartbeatPeriodMs: heartbeatPeriod,
      leaseMs: leaseLength,
      usagePeriodMs: usageInterval,
      autoscalePeriodMs: autoscaleInterval,
      limits: {
        maxMessageBytes: limits.maxMessage,
        connections: { total: limits.connections, perAddress: limits.connectionsPerAddress },
        callers: {
          clients: { callsPerSecond: limits.callsPerSecond, callsAtOnce: limits.callsAtOnce },
          agents: { callsPerSecond: limits.agentCallsPerSecond, callsAtOnce: limits.agentCallsAtOnce },
        },
      },
    }),
  );

/** How a coordinator runs; times in milliseconds. */
export type CoordinatorConfig = Readonly<z.output<typeof coordinatorConfigSchema>>;

/** Variables of the coordinator begin with this. */
export const COORDINATOR_ENV_PREFIX = 'HEADFRAME_COORDINATOR_';

/** Reads the coordinator's configuration, by default from /etc/headframe/coordinator.yaml; throws as `loadConfig` does. */
export function loadCoordinatorConfig(sources: Pick<ConfigSources, 'file' | 'env' | 'flags'>): CoordinatorConfig {
  const fixed = { envPrefix: COORDINATOR_ENV_PREFIX, defaultFile: '/etc/headframe/coordinator.yaml' };
  return loadConfig(coordinatorConfigSchema, { ...fixed, ...sources });
}
