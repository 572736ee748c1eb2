import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { expect } from 'chai';
import { askMonitors } from '../../../../../coordinator/store/jetstream/monitor.js';

/** By path, and how often it was asked. */
type IsDeaf = (url: string, times: number) => boolean;

const told = (url: string): object => ({
  ...{ server_name: url.split('/')[1], version: '2.12.0', jetstream: { config: { sync_always: true } } },
});

/** Stands for the monitoring address of several NATS servers, by path; it hangs up where it is deaf. */
class Monitors implements AsyncDisposable {
  readonly asked = new Map<string, number>();
  readonly #server: Server;

  constructor(isDeaf: IsDeaf) {
    this.#server = createServer(({ url = '' }, response) => {
      const times = this.#note(url);
      if (isDeaf(url, times)) response.destroy();
      else response.end(JSON.stringify(url.endsWith('/jsz') ? { disabled: url.startsWith('/off') } : told(url)));
    });
  }

  static async start(isDeaf: IsDeaf): Promise<Monitors> {
    const monitors = new Monitors(isDeaf);
    monitors.#server.listen(0, '127.0.0.1');
    await once(monitors.#server, 'listening');
    return monitors;
  }

  urls(...names: string[]): string[] {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return names.map((name) => `http://127.0.0.1:${String(address.port)}/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #note(url: string): number {
    const times = (this.asked.get(url) ?? 0) + 1;
    this.asked.set(url, times);
    return times;
  }
}

const UNREACHED = 'http://127.0.0.1:1';

describe('asking NATS servers what they tell of themselves', () => {
  it('asks again where most have not answered, and goes on with those that then do', async () => {
    await using monitors = await Monitors.start((url, times) => url.endsWith('/varz') && times === 1);
    const told = await askMonitors([...monitors.urls('n1', 'n2'), UNREACHED]);
    expect(told.map(({ name }) => name)).to.deep.equal(['n1', 'n2']);
  });

  it('waits for no more than most of them', async () => {
    await using monitors = await Monitors.start((url) => url.startsWith('/n3'));
    const told = await askMonitors(monitors.urls('n1', 'n2', 'n3'));
    expect(told.map(({ name }) => name)).to.deep.equal(['n1', 'n2']);
    expect([...monitors.asked.values()]).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('hears of JetStream that a server has switched off, though that tells its settings as before', async () => {
    await using monitors = await Monitors.start(() => false);
    const [n1, off] = await askMonitors(monitors.urls('n1', 'off'));
    expect(n1).to.include({ isOff: false, syncAlways: true });
    expect(off).to.include({ isOff: true, syncAlways: true });
  });

  it('gives up after some times', async () => {
    await using monitors = await Monitors.start(() => true);
    expect(await askMonitors(monitors.urls('n1', 'n2'))).to.deep.equal([]);
    expect([...monitors.asked.values()]).to.deep.equal([3, 3]);
  });
});
