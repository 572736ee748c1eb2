import Docker from 'dockerode';
import type { Container, ContainerInspectInfo } from 'dockerode';
import { dockerSocket } from '../../support/docker.js';

/** The baseline: containers like one of ours by the same library, with nothing around it. */
export class RawTwin {
  readonly #docker = new Docker({ socketPath: dockerSocket });
  readonly #like: ContainerInspectInfo;
  readonly #started: Container[] = [];

  constructor(like: ContainerInspectInfo) {
    this.#like = like;
  }

  /** Creates and starts one with the same image, command, user, limits, mounts and number of ports; in seconds. */
  async start(): Promise<number> {
    const { Image, Cmd, Entrypoint, Env, User, WorkingDir, ExposedPorts } = this.#like.Config;
    const { NanoCpus, Memory, MemorySwap, PidsLimit, Init, Mounts, Binds } = this.#like.HostConfig;
    // Any free ones, for ours has the others.
    const ports = Object.keys(ExposedPorts).map((port) => [port, [{ HostPort: '' }]] as const);
    const beganAt = performance.now();
    const container = await this.#docker.createContainer({
      ...{ Image, Cmd, Entrypoint, Env, User, WorkingDir, ExposedPorts },
      Labels: { 'headframe-bench': 'raw' },
      HostConfig: {
        ...{ NanoCpus, Memory, MemorySwap, PidsLimit, Init, Mounts, Binds },
        PortBindings: Object.fromEntries(ports),
      },
    });
    this.#started.push(container);
    await container.start();
    return (performance.now() - beganAt) / 1000;
  }

  /** Removes all that were started. */
  async clear(): Promise<void> {
    for (const container of this.#started.splice(0)) await container.remove({ force: true, v: true });
  }
}
