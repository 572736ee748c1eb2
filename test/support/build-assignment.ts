import type { ContainerSpec, ResourceRequest } from '../../common/model/miner.js';
import type { Assignment, Workload } from '../../common/model/workload.js';
import { testImage } from './docker.js';

/** What a test may say of an assignment; all the rest has a default. */
export interface AssignmentParts extends Partial<Omit<Assignment, 'workload'>> {
  readonly workload?: Partial<Omit<Workload, 'container' | 'resources'>>;
  readonly container?: Partial<ContainerSpec>;
  readonly resources?: Partial<ResourceRequest>;
}

const CONTAINER: ContainerSpec = {
  image: testImage,
  command: ['sleep', '1000'],
  args: [],
  env: {},
  ports: [],
  mounts: [],
  user: '',
  workdir: '',
  network: 'host',
};

const RESOURCES: ResourceRequest = { cpuMillis: 500, memoryBytes: 64 * 2 ** 20, diskBytes: 0, gpus: 0, pids: 64 };

/** An assignment of a small sleeping container on the host's network, which starts fastest. */
export function buildAssignment(parts: AssignmentParts = {}): Assignment {
  const { workload, container, resources, ...own } = parts;
  return {
    serial: 1,
    hostPorts: [],
    gpuIds: [],
    stop: undefined,
    ...own,
    workload: {
      id: 11,
      miner: 'test-miner',
      kind: 'container',
      specRevision: 5,
      labels: {},
      priority: 500,
      health: undefined,
      restart: { condition: 'always', maxAttempts: 0, windowMs: 0, backoffMs: 1000, maxBackoffMs: 60_000 },
      onDisconnect: 'keep',
      identity: '',
      stopGraceMs: 1000,
      pullPolicy: 'never',
      ...workload,
      container: { ...CONTAINER, ...container },
      resources: { ...RESOURCES, ...resources },
    },
  };
}

/** The part of a container spec that runs a shell script. */
export function shellScript(script: string): Pick<ContainerSpec, 'command' | 'args'> {
  return { command: ['sh', '-c'], args: [script] };
}
