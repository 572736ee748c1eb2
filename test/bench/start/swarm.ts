import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { dockerSocket, testImage } from '../../support/docker.js';
import { COMMAND, LIMITS } from './contender.js';
import type { Contender, Network } from './contender.js';

const NAME = 'headframe-bench';
// Faster polling costs the engine CPU and gives the same times.
const POLL_MS = 100;

interface Task {
  readonly Status: { readonly State: string };
}

/** Docker's own orchestrator on the same engine: one service, all tasks running. */
export class Swarm implements Contender {
  readonly name = 'docker swarm service';
  readonly #docker = new Docker({ socketPath: dockerSocket });
  #hadBridge = false;

  /** Makes the engine a swarm of one. Throws when it is in a swarm already: that is not ours to touch. */
  async open(): Promise<void> {
    // The library leaves this answer untyped.
    const info = (await this.#docker.info()) as { Swarm?: { LocalNodeState?: string } };
    if (info.Swarm?.LocalNodeState !== 'inactive') throw new Error('the engine is in a swarm already');
    this.#hadBridge = await this.#hasGatewayBridge();
    await this.#docker.swarmInit({ AdvertiseAddr: '127.0.0.1', ListenAddr: '127.0.0.1:2377' });
  }

  async close(): Promise<void> {
    // The typings lack it; the library takes the option as the engine does.
    await (this.#docker as unknown as { swarmLeave(options: { force: boolean }): Promise<void> }).swarmLeave({
      force: true,
    });
    if (!this.#hadBridge)
      await this.#docker
        .getNetwork('docker_gwbridge')
        .remove()
        .catch(() => undefined);
  }

  async start(count: number, network: Network): Promise<number> {
    const beganAt = performance.now();
    await this.#docker.createService({
      Name: NAME,
      Mode: { Replicated: { Replicas: count } },
      TaskTemplate: {
        ContainerSpec: {
          Image: testImage,
          Command: COMMAND,
          StopSignal: 'SIGKILL',
          Init: true,
          Labels: { 'headframe-bench': 'swarm' },
        },
        Resources: { Limits: { NanoCPUs: LIMITS.nanoCpus, MemoryBytes: LIMITS.memoryBytes, Pids: LIMITS.pids } },
        ...(network === 'host' ? { Networks: [{ Target: 'host' }] } : {}),
      },
    });
    while ((await this.#running()) < count) await sleep(POLL_MS);
    return performance.now() - beganAt;
  }

  async clear(): Promise<void> {
    await this.#docker.getService(NAME).remove();
    const filters = { label: [`com.docker.swarm.service.name=${NAME}`] };
    while ((await this.#docker.listContainers({ all: true, filters })).length > 0) await sleep(POLL_MS);
  }

  async #running(): Promise<number> {
    // The library types tasks as `any`; only their state is read.
    const tasks = (await this.#docker.listTasks({ filters: { service: [NAME] } })) as readonly Task[];
    return tasks.filter(({ Status }) => Status.State === 'running').length;
  }

  async #hasGatewayBridge(): Promise<boolean> {
    const networks = await this.#docker.listNetworks({ filters: { name: ['docker_gwbridge'] } });
    return networks.length > 0;
  }
}
