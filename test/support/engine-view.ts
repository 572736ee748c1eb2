import Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { dockerSocket } from './docker.js';

/** Something the engine itself has noted of a container of a test host. */
export interface EngineEvent {
  readonly action: string;
  readonly containerId: string;
  readonly miner: string;
  readonly hostId: string;
  /** Nanoseconds since 1970, as far as a number holds them. */
  readonly timeNano: number;
}

interface WireEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
  readonly timeNano?: number;
}

/** What the engine itself says of the containers of test hosts, whatever the fleet thinks of them. */
export class EngineView {
  readonly docker: Docker;

  constructor(socketPath: string = dockerSocket) {
    this.docker = new Docker({ socketPath });
  }

  /** All containers of a host, ended ones included; only a miner's where one is named. Oldest first. */
  async containers(hostId: string, miner?: string): Promise<ContainerInspectInfo[]> {
    const label = [`headframe.host=${hostId}`, ...(miner === undefined ? [] : [`headframe.miner=${miner}`])];
    const list = await this.docker.listContainers({ all: true, filters: { label } });
    const found = await Promise.all(list.map(({ Id }) => this.inspect(Id)));
    const there = found.filter((info) => info !== undefined);
    return there.sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created));
  }

  /** Undefined when the container is gone. */
  async inspect(containerId: string): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.docker.getContainer(containerId).inspect();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async kill(containerId: string): Promise<void> {
    await this.docker.getContainer(containerId).kill();
  }

  /** Runs a shell line inside a container; resolves with its output when it has ended. */
  async shell(containerId: string, line: string): Promise<string> {
    const exec = await this.docker.getContainer(containerId).exec({
      Cmd: ['sh', '-c', line],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    });
    const stream = await exec.start({ Tty: true });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  }

  /** Events of a host's containers since a time up to now, oldest first, out of the engine's own memory. */
  async eventsSince(sinceMs: number, hostIds: readonly string[]): Promise<EngineEvent[]> {
    const stream = await this.docker.getEvents({
      since: sinceMs / 1000,
      until: Date.now() / 1000,
      filters: { type: ['container'] },
    });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    const events = text.split('\n').filter((line) => line !== '');
    return events.map(toEvent).filter(({ hostId }) => hostIds.includes(hostId));
  }

  /** Removes whatever containers of a host there are. */
  async removeAll(hostId: string): Promise<void> {
    for (const { Id } of await this.containers(hostId)) {
      await this.docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
    }
  }
}

/** The least and the most containers that ran at once, and how many starts there were, by the engine's events. */
export function countsOver(events: readonly EngineEvent[], runningBefore: number): { least: number; most: number } {
  let running = runningBefore;
  let [least, most] = [running, running];
  for (const { action } of events) {
    if (action === 'start') running += 1;
    if (action === 'die') running -= 1;
    least = Math.min(least, running);
    most = Math.max(most, running);
  }
  return { least, most };
}

function toEvent(line: string): EngineEvent {
  const event = JSON.parse(line) as WireEvent; // a line of the engine's answer to /events
  const { Attributes: attributes = {}, ID: containerId = '' } = event.Actor ?? {};
  return {
    action: event.Action ?? '',
    containerId,
    miner: attributes['headframe.miner'] ?? '',
    hostId: attributes['headframe.host'] ?? '',
    timeNano: event.timeNano ?? 0,
  };
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 404;
}
