import { z } from 'zod';
import { GRANTABLE_CAPABILITIES } from '../model/privileges.js';
import type { Resources } from '../model/resources.js';
import { bytesField, cpuField, durationField, labelsField, strictObject } from '../model/schema/index.js';
import { careFields } from './agent-care-config.js';
import { leaseFields } from './agent-lease-config.js';
import { plotFields } from './agent-plots-config.js';
import { absolutePathField, addressesField, folderField, listenField, logField } from './fields.js';
import { loadConfig } from './load-config.js';
import type { ConfigSources } from './load-config.js';

const ANY_CPU = { min: 0, max: 1_024_000 };
const ANY_BYTES = { min: 0, max: 2 ** 52 };
const GPUS = z.int().min(0).max(64);

const idField = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, '1-63 letters, digits and . _ -');

const portRangeField = z
  .string()
  .max(11)
  .transform((text, context) => {
    const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
    const [start, end] = [Number(match?.[1]), Number(match?.[2])];
    if (start >= 1 && end >= start && end <= 65_535) return { start, end };
    context.addIssue({ code: 'custom', message: 'two ports from 1 to 65535, such as 20000-29999' });
    return z.NEVER;
  });

const resourceFields = {
  cpu: cpuField(ANY_CPU),
  memory: bytesField(ANY_BYTES),
  disk: bytesField(ANY_BYTES),
  gpus: GPUS,
};

const capacityField = strictObject({
  cpu: resourceFields.cpu.optional().describe('CPUs the host claims, where not all it has.'),
  memory: resourceFields.memory.optional().describe('Memory the host claims, where not all it has.'),
  disk: resourceFields.disk.optional().describe('Disk the host claims, where not all that is free.'),
  gpus: GPUS.optional().describe('Number of GPUs the host claims, where not all it has.'),
}).transform(({ cpu, memory, disk, gpus }): Partial<Resources> => ({
  ...(cpu === undefined ? {} : { cpuMillis: cpu }),
  ...(memory === undefined ? {} : { memoryBytes: memory }),
  ...(disk === undefined ? {} : { diskBytes: disk }),
  ...(gpus === undefined ? {} : { gpus }),
}));

const reservedField = strictObject({
  cpu: resourceFields.cpu.prefault('200m').describe('CPUs kept for the system.'),
  memory: resourceFields.memory.prefault('256MiB').describe('Memory kept for the system.'),
  disk: resourceFields.disk.prefault('1GiB').describe('Disk kept for the system.'),
  gpus: GPUS.prefault(0).describe('Number of GPUs kept for the system.'),
}).transform(({ cpu, memory, disk, gpus }): Resources => ({
  cpuMillis: cpu,
  memoryBytes: memory,
  diskBytes: disk,
  gpus,
}));

/** The agent's configuration as written; parsed to `AgentConfig`. */
export const agentConfigSchema = strictObject({
  coordinator: addressesField
    .optional()
    .describe(
      'Address of the coordinator, or of several with commas; without it where this host has joined, else 127.0.0.1:7700.',
    ),
  security: strictObject({
    mode: z
      .enum(['plaintext', 'tls'])
      .prefault('tls')
      .describe(
        'tls: mutual TLS 1.3, for which the host has to have joined; plaintext, as `--insecure-loopback`: to this machine alone.',
      ),
  })
    .prefault({})
    .describe('How the coordinator is spoken to.'),
  hostId: idField.optional().describe('Id of the host, taken at the first start only; without it one is drawn.'),
  hostName: idField.optional().describe("Name of the host for people; without it the machine's own."),
  dataDir: folderField.prefault('/var/lib/headframe/agent').describe("Folder of the agent's own state."),
  runtime: z
    .enum(['docker', 'process'])
    .prefault('docker')
    .describe('What runs instances; `process` does not isolate them, and has to be chosen.'),
  dockerSocket: z
    .string()
    .max(1024)
    .prefault('/var/run/docker.sock')
    .describe('Socket of the Docker Engine, or its address as in DOCKER_HOST.'),
  labels: labelsField.prefault({}).describe('Labels of the host, which constraints and affinities look at.'),
  capacity: capacityField.prefault({}).describe('What the host claims, where that is not all that was found.'),
  reserved: reservedField.prefault({}).describe('What is kept for the system.'),
  portRange: portRangeField.prefault('20000-29999').describe('Ports for automatic host ports.'),
  allowedHostPaths: z
    .array(absolutePathField)
    .max(64)
    .prefault([])
    .describe('Folders of the host that miners may mount from.'),
  readOnlyHostPaths: z
    .array(absolutePathField)
    .max(64)
    .prefault([])
    .describe('Further folders of the host that miners may mount from, for reading alone.'),
  allowedCapabilities: z
    .array(z.enum(GRANTABLE_CAPABILITIES))
    .prefault([])
    .describe('Capabilities that miners may add to the default set.'),
  allowedDevices: z
    .array(absolutePathField)
    .max(64)
    .prefault([])
    .describe('Character devices, or folders of them, that miners may use.'),
  allowHostNetwork: z.boolean().prefault(true).describe("Whether miners may use the host's network."),
  secrets: strictObject({
    folder: absolutePathField
      .prefault('/run/headframe/secrets')
      .describe('Folder on a tmpfs where the secrets of containers lie.'),
  })
    .prefault({})
    .describe('Secrets that miners refer to.'),
  registryCredentials: absolutePathField
    .optional()
    .describe('Docker config.json with credentials for private registries, as `docker login` writes it.'),
  startConcurrency: z
    .int()
    .min(1)
    .max(64)
    .prefault(4)
    .describe('Most containers that are started at the same time; starts are bound by the CPU.'),
  builds: strictObject({
    memory: bytesField({ min: 2 ** 25, max: 2 ** 50 })
      .prefault('2GiB')
      .describe('Most memory of one step of a build, without swap beyond it.'),
    cpu: cpuField({ min: 10, max: 1_024_000 }).prefault('2').describe('CPUs of one step of a build.'),
    pids: z.int().min(16).max(1_000_000).prefault(1024).describe('Most processes and threads of one step of a build.'),
    disk: bytesField({ min: 2 ** 20, max: 2 ** 50 })
      .prefault('16GiB')
      .describe('Most that all steps of a build may write, and the largest file of one.'),
    timeout: durationField({ min: 1000, max: 86_400_000 }).prefault('30m').describe('Longest time of a build.'),
    builder: z
      .enum(['auto', 'buildkit', 'classic'])
      .prefault('auto')
      .describe(
        "What builds them: auto is BuildKit where a Dockerfile asks for it, and the engine's classic builder for all others.",
      ),
    cache: bytesField({ min: 0, max: 2 ** 50 })
      .prefault('4GiB')
      .describe(
        "Most of BuildKit's cache that stays on the engine when a build by it is over; what was not used for longest goes. Caches that steps mount are part of it.",
      ),
  })
    .prefault({})
    .transform(({ memory, cpu, disk, timeout, cache, ...rest }) => ({
      ...{ ...rest, memoryBytes: memory, cpuMillis: cpu, diskBytes: disk, cacheBytes: cache },
      timeoutMs: timeout,
    }))
    .describe('Images that are built of modules, one at a time.'),
  usageInterval: durationField({ min: 1000, max: 3_600_000 })
    .optional()
    .describe("Time between two usage reports; without it the coordinator's."),
  challenges: strictObject({
    gpuImage: z
      .string()
      .max(512)
      .prefault('')
      .describe(
        'Image of the program that proves GPUs, as deploy/challenge/gpu/image.sh makes it, best by its digest or id; it has to be on the host. Empty for none: GPUs stay unverified.',
      ),
  })
    .prefault({})
    .describe('What this host proves itself by.'),
  ...leaseFields,
  ...plotFields,
  ...careFields,
  metrics: listenField.optional().describe('Address of /metrics for Prometheus; without it there is none.'),
  log: logField.prefault({}).describe('Log on standard error.'),
});

/** How an agent runs. */
export type AgentConfig = Readonly<z.output<typeof agentConfigSchema>>;

/** Variables of the agent begin with this. */
export const AGENT_ENV_PREFIX = 'HEADFRAME_AGENT_';

/** Reads the agent's configuration, by default from /etc/headframe/agent.yaml; throws as `loadConfig` does. */
export function loadAgentConfig(sources: Pick<ConfigSources, 'file' | 'env' | 'flags'>): AgentConfig {
  const fixed = { envPrefix: AGENT_ENV_PREFIX, defaultFile: '/etc/headframe/agent.yaml' };
  return loadConfig(agentConfigSchema, { ...fixed, ...sources });
}
