import Docker from 'dockerode';
import type { Container } from 'dockerode';
import { dockerSocket, testImage } from '../../support/docker.js';
import { COMMAND, LIMITS } from './contender.js';
import type { Contender, Network } from './contender.js';

/** The baseline: the same library, nothing around it, so many creates and starts at once. */
export class RawDockerode implements Contender {
  readonly name: string;
  readonly #docker = new Docker({ socketPath: dockerSocket });
  readonly #concurrency: number;
  #started: Container[] = [];

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
    this.name = `raw dockerode, ${String(concurrency)} at once`;
  }

  async start(count: number, network: Network): Promise<number> {
    const beganAt = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        await this.#startOne(network);
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, worker));
    return performance.now() - beganAt;
  }

  async clear(): Promise<void> {
    const containers = this.#started.splice(0);
    while (containers.length > 0) {
      await Promise.all(containers.splice(0, 4).map((container) => container.remove({ force: true })));
    }
  }

  async #startOne(network: Network): Promise<void> {
    const container = await this.#docker.createContainer({
      Image: testImage,
      Cmd: COMMAND,
      Labels: { 'headframe-bench': 'raw' },
      HostConfig: {
        NetworkMode: network,
        NanoCpus: LIMITS.nanoCpus,
        Memory: LIMITS.memoryBytes,
        MemorySwap: LIMITS.memoryBytes,
        PidsLimit: LIMITS.pids,
        Init: true,
      },
    });
    this.#started.push(container);
    await container.start();
  }
}
