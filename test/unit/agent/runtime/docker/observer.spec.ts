import type { ContainerInfo } from 'dockerode';
import { expect } from 'chai';
import { LABELS } from '../../../../../agent/runtime/docker/labels.js';
import type { Inspected } from '../../../../../agent/runtime/docker/observed.js';
import { Observer } from '../../../../../agent/runtime/docker/observer.js';

const STARTED = '2026-01-01T00:00:00Z';

/** An engine with running containers, which may be stuck on some of them. */
class Engine {
  readonly containers = new Set<string>();
  readonly stuck = new Set<string>();
  inspects = 0;

  list(): Promise<ContainerInfo[]> {
    return Promise.resolve([...this.containers].map(listed));
  }

  inspect(id: string): Promise<Inspected | undefined> {
    this.inspects += 1;
    if (this.stuck.has(id)) return Promise.reject(new Error('no answer in time'));
    return Promise.resolve(this.containers.has(id) ? inspected(id) : undefined);
  }
}

const labels = (id: string): Record<string, string> => ({ [LABELS.host]: 'host-a', [LABELS.serial]: id });

function listed(id: string): ContainerInfo {
  const entry = { Id: id, Labels: labels(id), State: 'running', Status: 'Up 2 minutes (healthy)', Created: 1_000 };
  // The rest of a list's entry is not read.
  return entry as unknown as ContainerInfo;
}

function inspected(id: string): Inspected {
  return {
    Id: id,
    State: { Status: 'running', OOMKilled: false, Pid: 42, ExitCode: 0, StartedAt: STARTED, FinishedAt: STARTED },
    Config: { Labels: labels(id) },
    HostConfig: {},
    NetworkSettings: { Networks: {} },
  };
}

describe('Observer', () => {
  const { signal } = new AbortController();

  it('sees the others when the engine is stuck on one container, and that one as it was last seen', async () => {
    const engine = new Engine();
    engine.containers.add('1').add('2');
    const observer = new Observer(engine, 'host-a');
    const before = await observer.list(signal);
    engine.stuck.add('1');
    expect(await observer.list(signal)).to.deep.equal(before);
  });

  it('knows from the list alone that a container runs which it was never told of', async () => {
    const engine = new Engine();
    engine.containers.add('1');
    engine.stuck.add('1');
    const [seen] = await new Observer(engine, 'host-a').list(signal);
    expect(seen).to.include({ serial: 1, status: 'running', startedAtMs: 1_000_000, imageHealth: 'healthy' });
  });

  it('forgets what is listed no more', async () => {
    const engine = new Engine();
    engine.containers.add('1');
    const observer = new Observer(engine, 'host-a');
    await observer.list(signal);
    engine.containers.delete('1');
    expect(await observer.list(signal)).to.deep.equal([]);
    expect(await observer.inspect(1, signal)).to.equal(undefined);
  });
});
