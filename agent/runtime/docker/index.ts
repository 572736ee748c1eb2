import type { Clock } from '../../../common/model/clock.js';
import { FORBIDDEN_HOST_PATHS } from '../../../common/model/privileges.js';
import type { Logger } from '../../../common/observe/logger.js';
import { ModuleBuilder } from '../../builds/index.js';
import type { ModuleBuilderParts } from '../../builds/index.js';
import { ImagePuller, NotingImageEngine } from '../../images/index.js';
import type { ImageBroughtListener } from '../../images/index.js';
import { HostRules, LeaseGrounds } from '../../kinds/lease/index.js';
import { runCommand } from '../../host/command.js';
import { ContainerCreator } from './container-creator.js';
import { DockerImageEngine } from './docker-image-engine.js';
import { DockerRuntime } from './docker-runtime.js';
import { DockerStorage } from './docker-storage.js';
import { engineEndpointOf } from './endpoint.js';
import { DockerEngine } from './engine.js';
import type { HostGrants } from './grants.js';
import { LeaseDisks } from './lease-disk.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { LeaseRules } from './lease-keeper.js';
import { Observer } from './observer.js';
import { ProverContainers } from './prover-containers.js';

export type { DockerRuntime } from './docker-runtime.js';

/** How the Docker runtime is opened. */
export interface DockerRuntimeOptions {
  /** Containers carry it as a label; only those with it are seen. */
  readonly hostId: string;
  /** Socket path or address as in DOCKER_HOST; '' means /var/run/docker.sock. */
  readonly address: string;
  /** Containers created and started at once; twice the cores is best. */
  readonly concurrency: number;
  /** Host paths whose insides miners may mount. */
  readonly allowedHostPaths: readonly string[];
  /** Host paths whose insides miners may mount for reading alone; default none. */
  readonly readOnlyHostPaths?: readonly string[];
  /** Host paths that miners never see, though they lie in an allowed one; the engine's own are always among them. */
  readonly forbiddenHostPaths?: readonly string[];
  /** What else of the host miners may have; default the host's network. */
  readonly grants?: HostGrants;
  /** Folder of the host's secrets; default none, so that no container is given any. */
  readonly secretsFolder?: string | undefined;
  /** A Docker config.json, as `docker login` writes it, for private registries; default none. Credential helpers are not run. */
  readonly registryCredentials?: string;
  /** Where the contents of modules come from, a folder for them, and what a build may take; default none, so that none is built. */
  readonly builds?: Pick<ModuleBuilderParts, 'contents' | 'folder' | 'rules'> | undefined;
  /** A folder for what leases have on this host, and how they are held; default none, so that none is. */
  readonly leases?: { readonly folder: string; readonly rules: LeaseRules } | undefined;
  /** Told of images that were not on the host before. */
  readonly onImageBrought?: ImageBroughtListener;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Whether the engine at this address is on this machine for sure; an address that is none is not. */
export function isLocalEngine(address: string): boolean {
  try {
    return engineEndpointOf(address).kind === 'socket';
  } catch {
    return false; // opening the runtime says what is wrong with it
  }
}

const NO_GRANTS: HostGrants = { capabilities: [], devices: [], hostNetwork: true };

/**
 * Opens the runtime; the engine is first asked by the first call.
 * @throws HeadframeError for an address that is none
 */
export function openDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  const { hostId, clock, logger } = options;
  const endpoint = engineEndpointOf(options.address);
  const engine = new DockerEngine({ endpoint, concurrency: options.concurrency, clock });
  const socket = endpoint.kind === 'socket' ? [endpoint.path] : [];
  const forbidden = [...FORBIDDEN_HOST_PATHS, ...socket, ...(options.forbiddenHostPaths ?? [])];
  const hostPaths = { allowed: options.allowedHostPaths, readOnly: options.readOnlyHostPaths, forbidden };
  const isLocal = endpoint.kind === 'socket';
  const docker = new DockerImageEngine(engine, { credentials: options.registryCredentials ?? '', isLocal, clock });
  const images = new NotingImageEngine(docker, options.onImageBrought ?? (() => undefined));
  const puller = new ImagePuller(images, clock);
  const { builds } = options;
  const leases = isLocal ? openLeases(options, engine) : undefined;
  const provers = new ProverContainers(engine, hostId, leases);
  return new DockerRuntime({
    hostId,
    engine,
    observer: new Observer(engine, hostId),
    creator: new ContainerCreator({
      hostId,
      engine,
      hostPaths,
      grants: options.grants ?? NO_GRANTS,
      secretsFolder: options.secretsFolder,
      leases,
      logger,
    }),
    images,
    puller,
    builder: builds && new ModuleBuilder({ ...builds, engine: images, puller, clock, logger }),
    storage: new DockerStorage(engine, hostId),
    openProver: isLocal ? (request, signal) => provers.open(request, signal) : undefined,
    leases,
    clock,
  });
}

function openLeases({ leases, hostId, logger }: DockerRuntimeOptions, engine: DockerEngine): LeaseKeeper | undefined {
  if (leases === undefined) return undefined;
  const { folder, rules } = leases;
  return new LeaseKeeper({
    hostId,
    rules,
    objects: engine.leaseObjects,
    grounds: new LeaseGrounds(folder),
    hostRules: new HostRules({ folder, run: runCommand }),
    disks: new LeaseDisks({ folder, run: runCommand }),
    run: runCommand,
    logger,
  });
}
