import { join, resolve } from 'node:path';
import type { AgentConfig } from '../../common/config/index.js';
import { splitAddress } from '../../common/model/address.js';
import { systemClock } from '../../common/model/clock.js';
import { openLog } from '../../common/observe/logger.js';
import type { Logger } from '../../common/observe/logger.js';
import { reloadAtHangUp } from '../../common/service/index.js';
import type { BuildRules, ContentSource } from '../builds/index.js';
import { openAgent } from '../open-agent.js';
import type { Agent } from '../agent.js';
import { coordinatorOf, openIdentity } from '../identity/index.js';
import { readGuardGround, whyUnguarded } from '../guard/index.js';
import type { ImageBroughtListener } from '../images/index.js';
import type { AgentOptions } from '../options.js';
import type { PlotProcessOptions } from '../kinds/space/desk/plot-word.js';
import { keepAgentNotified } from '../service/notified.js';
import type { NotifiedParts } from '../service/notified.js';
import { isLocalEngine, openDockerRuntime } from '../runtime/docker/index.js';
import { openProcessRuntime } from '../runtime/process/index.js';
import type { Runtime } from '../runtime/runtime.js';
import { hostFolderOf } from '../secrets/index.js';
import { joinByCredential } from './join.js';
import { serveStatus } from '../status-socket.js';
import { lockDataDir } from '../state/data-dir-lock.js';

/** What the program hands its agent besides the configuration. */
export interface StartContext {
  /** Reads the configuration anew, at SIGHUP. */
  readonly load: () => AgentConfig;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

/** Runs an agent until the signal. Throws `HeadframeError` when it cannot start. */
export async function startCommand(config: AgentConfig, context: StartContext, signal: AbortSignal): Promise<void> {
  const log = openLog({ program: 'agent', ...config.log });
  const { logger } = log;
  reloadAtHangUp({ hangUps: process, config, load: context.load, log }, signal);
  const unlock = await lockDataDir(config.dataDir);
  try {
    if (config.runtime === 'process') {
      logger.warn('the process runtime does not wall instances off from this host or from each other');
    }
    await joinByCredential(config, context.env['CREDENTIALS_DIRECTORY'], logger);
    const agent = await openAgent(await optionsOf(config, context, logger), logger);
    await runNotified(agent, config, { env: context.env, logger }, signal);
  } finally {
    await unlock();
  }
}

/** Runs the agent with its service manager told how it stands. */
async function runNotified(
  agent: Agent,
  config: AgentConfig,
  parts: NotifiedParts,
  signal: AbortSignal,
): Promise<void> {
  const own = new AbortController();
  const notified = keepAgentNotified(() => agent.status(), parts, AbortSignal.any([signal, own.signal]));
  try {
    await runServed(agent, config, signal);
  } finally {
    own.abort();
    await notified;
  }
}

/** Runs the agent with its metrics and its status to be had meanwhile. */
async function runServed(agent: Agent, config: AgentConfig, signal: AbortSignal): Promise<void> {
  const metrics = config.metrics === undefined ? undefined : await openMetrics(agent, config.metrics);
  try {
    const endStatus = await serveStatus(config.dataDir, () => agent.status());
    // Left open, either would keep the process from its end.
    await agent.run(signal).finally(endStatus);
  } finally {
    await metrics?.close();
  }
}

/** Loaded where it is asked for alone, for what writes metrics takes memory, too. */
async function openMetrics(agent: Agent, address: string): Promise<{ close(): Promise<void> }> {
  const { serveAgentMetrics } = await import('../metrics.js');
  return serveAgentMetrics(agent, splitAddress(address));
}

async function optionsOf(config: AgentConfig, context: StartContext, logger: Logger): Promise<AgentOptions> {
  const identity = await openIdentity(config);
  return {
    coordinator: await coordinatorOf(config),
    security: identity === undefined ? { kind: 'plaintext' } : { kind: 'mutual', source: identity },
    identity,
    dataDir: config.dataDir,
    hostId: config.hostId ?? '',
    hostName: config.hostName ?? '',
    labels: config.labels,
    capacity: config.capacity,
    reserved: config.reserved,
    portRange: config.portRange,
    usagePeriodMs: config.usageInterval,
    version: context.version,
    runtimeKind: config.runtime,
    gpuImage: config.challenges.gpuImage,
    openRuntime: (hostId, onImageBrought, contents) =>
      openRuntime(config, { hostId, onImageBrought, contents, logger }),
    care: config,
    plots: plotsOf(config),
    secretsFolder: secretsFolderOf(config),
    unguarded: unguarded(config),
    random: context.random,
  };
}

function plotsOf({ plots, dataDir }: AgentConfig): PlotProcessOptions | undefined {
  const { folders, keepFree, rate, threads } = plots;
  if (folders.length === 0) return undefined;
  const stateFolder = resolve(dataDir, 'plots');
  return {
    folders: folders.map((folder) => resolve(folder)),
    stateFolder,
    keepFreeBytes: keepFree,
    bytesPerSecond: rate,
    threads,
  };
}

/** A container's engine has to see the folder. */
function secretsFolderOf({ runtime, dockerSocket, secrets }: AgentConfig): string | undefined {
  return runtime === 'docker' && isLocalEngine(dockerSocket) ? resolve(secrets.folder) : undefined;
}

function unguarded({ runtime, dockerSocket }: AgentConfig): string {
  const engineIsLocal = isLocalEngine(dockerSocket);
  return whyUnguarded(readGuardGround(runtime, engineIsLocal, process.geteuid?.())) ?? '';
}

interface RuntimeParts {
  readonly hostId: string;
  readonly onImageBrought: ImageBroughtListener;
  readonly contents: ContentSource;
  readonly logger: Logger;
}

/** What is kept for the system, no build takes either. */
function buildRulesOf({ builds, reserved }: AgentConfig): BuildRules {
  return { ...builds, keepFreeBytes: reserved.diskBytes };
}

/** The one place that chooses the runtime's adapter. */
function openRuntime(config: AgentConfig, parts: RuntimeParts): Runtime {
  const { contents, ...rest } = parts;
  const { hostId, logger } = parts;
  const secretsFolder = secretsFolderOf(config);
  if (config.runtime === 'process') {
    return openProcessRuntime({ hostId, stateDir: join(config.dataDir, 'process'), logger, clock: systemClock });
  }
  return openDockerRuntime({
    ...rest,
    builds: { contents, folder: join(config.dataDir, 'builds'), rules: buildRulesOf(config) },
    ...(config.leases.enabled ? { leases: { folder: resolve(config.dataDir, 'leases'), rules: config.leases } } : {}),
    address: config.dockerSocket,
    concurrency: config.startConcurrency,
    allowedHostPaths: config.allowedHostPaths,
    readOnlyHostPaths: config.readOnlyHostPaths,
    // Its identity, what it holds and the secrets of all are the host's alone.
    forbiddenHostPaths: [resolve(config.dataDir), resolve(config.secrets.folder)],
    secretsFolder: secretsFolder === undefined ? undefined : hostFolderOf(secretsFolder, hostId),
    grants: {
      capabilities: config.allowedCapabilities,
      devices: config.allowedDevices,
      hostNetwork: config.allowHostNetwork,
    },
    ...(config.registryCredentials === undefined ? {} : { registryCredentials: config.registryCredentials }),
    clock: systemClock,
  });
}
