import { create } from '@bufbuild/protobuf';
import { MinerSpecSchema, NetworkMode } from '../../../common/gen/headframe/v1/miner_pb.js';
import type { MinerSpec } from '../../../common/gen/headframe/v1/miner_pb.js';
import type { AgentHello } from '../../../common/wire/agent.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** CPU in thousandths, memory in MiB, disk in MiB: nine shapes whose means are 489, 711 and 2,048. */
const SHAPES = [
  [100, 128, 512],
  [200, 256, 1024],
  [250, 512, 1024],
  [500, 512, 2048],
  [500, 1024, 2048],
  [600, 768, 2048],
  [750, 1024, 3072],
  [500, 1152, 2560],
  [1000, 1024, 4096],
] as const;
/** Share of the tightest resource that the instances take. */
const DEMAND = 0.8;

/** The miners of the benchmark: nine shapes, ten priorities, a port on every fourth, equal shares of the instances. */
export function benchMiners({ instances, miners }: { instances: number; miners: number }): MinerSpec[] {
  return Array.from({ length: miners }, (_, index) => {
    const [cpuMillis, memoryMib, diskMib] = SHAPES[index % SHAPES.length] ?? SHAPES[0];
    const replicas = Math.floor(instances / miners) + (index < instances % miners ? 1 : 0);
    return create(MinerSpecSchema, {
      kind: 'container',
      name: `bench-${String(index)}`,
      replicas,
      priority: 50 + 100 * (index % 10),
      labels: { team: `team-${String(index % 50)}` },
      resources: { cpuMillis, memoryBytes: BigInt(memoryMib * MIB), diskBytes: BigInt(diskMib * MIB) },
      section: {
        case: 'container',
        value: {
          image: 'registry.example/bench/miner:1',
          command: ['/usr/bin/miner'],
          args: ['--pool', 'pool.example:3333', '--worker', `worker-${String(index)}`],
          env: { MODE: 'bench', SHARD: String(index) },
          network: NetworkMode.BRIDGE,
          ports: index % 4 === 0 ? [{ name: 'api', containerPort: 8080 }] : [],
        },
      },
    });
  });
}

/** What the agents of the benchmark say first: hosts of three sizes that together hold the instances at 80 % demand. */
export function benchHellos(options: { agents: number; instances: number }, range: readonly [number, number]) {
  const mean = options.instances / options.agents / DEMAND;
  const hellos: AgentHello[] = [];
  for (let index = range[0]; index < range[1]; index += 1)
    hellos.push(benchHello(index, mean * (0.75 + 0.25 * (index % 3))));
  return hellos;
}

function benchHello(index: number, holds: number): AgentHello {
  const hostId = hostIdOf(index);
  const claimed = { cpuMillis: Math.ceil(489 * holds), memoryBytes: 711 * MIB * holds, diskBytes: 2048 * MIB * holds };
  return {
    hostId,
    hostName: hostId,
    agentRunId: `run-${String(index)}`,
    agentVersion: '0.1.0',
    runtime: 'docker',
    description: {
      hostname: hostId,
      os: 'Debian GNU/Linux 12',
      kernel: '6.1.0-30-amd64',
      arch: 'x64',
      cpuModel: 'AMD EPYC 9965 192-Core Processor',
      cpuCount: Math.ceil(claimed.cpuMillis / 1000),
      addresses: [`10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`],
      gpus: [],
      bootId: `boot-${String(index)}`,
      engineVersion: '20.10.24',
      cgroupVersion: 'v2',
    },
    claimed: {
      ...claimed,
      memoryBytes: Math.ceil(claimed.memoryBytes),
      diskBytes: Math.ceil(claimed.diskBytes),
      gpus: 0,
    },
    reserved: { cpuMillis: 0, memoryBytes: 0, diskBytes: GIB, gpus: 0 },
    labels: { zone: `zone-${String(index % 4)}` },
    portRange: { start: 20_000, end: 29_999 },
    held: [],
    epoch: 0,
    assignmentRevision: 0,
    capabilities: [],
  };
}

/** Id of a simulated host by its number. */
export function hostIdOf(index: number): string {
  return `bench-host-${String(index)}`;
}
