import { readFile } from 'node:fs/promises';
import { create } from '@bufbuild/protobuf';
import Docker from 'dockerode';
import { InstanceState } from '../../../common/gen/headframe/v1/instance_pb.js';
import type { Instance } from '../../../common/gen/headframe/v1/instance_pb.js';
import { MinerSpecSchema, NetworkMode, PullPolicy } from '../../../common/gen/headframe/v1/miner_pb.js';
import { dockerSocket, testImage } from '../../support/docker.js';
import type { TestFleet } from '../../support/programs.js';
import { waitFor } from '../../support/wait-for.js';
import { COMMAND, LIMITS } from './contender.js';
import type { Contender, Network } from './contender.js';

const NAME = 'bench';

/** Headframe: from the order of a client until that client has heard of every instance running. */
export class Ours implements Contender {
  readonly name = 'headframe';
  readonly #fleet: TestFleet;
  readonly #docker = new Docker({ socketPath: dockerSocket });

  constructor(fleet: TestFleet) {
    this.#fleet = fleet;
  }

  async start(count: number, network: Network): Promise<number> {
    const stop = new AbortController();
    const { revision } = await this.#fleet.fleet.getFleetStatus({});
    const beganAt = performance.now();
    const running = this.#allRunning(count, revision, stop.signal);
    await this.#fleet.fleet.applyMiners({ miners: [spec(count, network)] });
    const endedAt = await running;
    stop.abort();
    return endedAt - beganAt;
  }

  async clear(): Promise<void> {
    await this.#fleet.fleet.deleteMiner({ name: NAME });
    await waitFor(
      'the miner to be gone',
      async () => (await this.#fleet.fleet.listMiners({})).miners.length === 0,
      120_000,
    );
  }

  /** Milliseconds from the kill of a container until a client has heard that its instance runs again. */
  async replaceAfterKill(): Promise<number> {
    const { instances } = await this.#fleet.fleet.listInstances({ miner: NAME });
    const victim = instances[0];
    if (victim === undefined) throw new Error('no instance to kill');
    const stop = new AbortController();
    const { revision } = await this.#fleet.fleet.getFleetStatus({});
    const again = this.#first(revision, stop.signal, (one) => isRunning(one) && one.startedAtMs > victim.startedAtMs);
    const beganAt = performance.now();
    await this.#docker.getContainer(victim.containerId).kill();
    const endedAt = await again;
    stop.abort();
    return endedAt - beganAt;
  }

  /** Resident memory of a process in MB. */
  static async residentMb(pid: number): Promise<number> {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
  }

  /** CPU time that a process has used since it began, in seconds. */
  static async cpuSeconds(pid: number): Promise<number> {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime and stime, in ticks of a hundredth of a second: proc(5).
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async #allRunning(count: number, fromRevision: bigint, signal: AbortSignal): Promise<number> {
    const running = new Set<string>();
    return await this.#first(fromRevision, signal, (instance) => {
      if (isRunning(instance)) running.add(instance.id);
      return running.size === count;
    });
  }

  /** Time at which the watch first showed an instance that passes. */
  async #first(fromRevision: bigint, signal: AbortSignal, passes: (instance: Instance) => boolean): Promise<number> {
    for await (const { changes } of this.#fleet.fleet.watchFleet(
      { fromRevision, instances: true, miner: NAME },
      { signal },
    )) {
      for (const { change } of changes)
        if (change.case === 'instance' && passes(change.value)) return performance.now();
    }
    throw new Error('the watch ended');
  }
}

function isRunning(instance: Instance): boolean {
  return instance.state === InstanceState.RUNNING;
}

function spec(replicas: number, network: Network): ReturnType<typeof create<typeof MinerSpecSchema>> {
  const [command, ...args] = COMMAND;
  return create(MinerSpecSchema, {
    kind: 'container',
    name: NAME,
    replicas,
    resources: {
      cpuMillis: LIMITS.nanoCpus / 1e6,
      memoryBytes: BigInt(LIMITS.memoryBytes),
      diskBytes: BigInt(2 ** 20),
      pids: LIMITS.pids,
    },
    pullPolicy: PullPolicy.NEVER,
    stopGraceMs: 1_000,
    section: {
      case: 'container',
      value: {
        image: testImage,
        command: command === undefined ? [] : [command],
        args,
        network: network === 'host' ? NetworkMode.HOST : NetworkMode.BRIDGE,
      },
    },
  });
}
