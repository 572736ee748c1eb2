import { expect } from 'chai';
import { pino } from 'pino';
import type { MonitorFacts } from '../../../../../coordinator/store/jetstream/server-checks.js';
import { ServerWatch } from '../../../../../coordinator/store/jetstream/server-watch.js';
import type { StoreStanding } from '../../../../../coordinator/store/jetstream/server-watch.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const NAMES = ['n1', 'n2', 'n3'];
const URLS = NAMES.map((name) => `http://${name}:8222`);

/** As pino numbers it. */
const INFO = 30;

/** The reason in a line of the log, and whether it began. */
function saidIn(line: string): string {
  const { level, reason } = JSON.parse(line) as { level: number; reason: string };
  return level > INFO ? reason : `no more ${reason}`;
}

/** Three servers that a test changes, and a watch over them. */
class Scene {
  readonly clock = new ManualClock();
  readonly patches = new Map<string, Partial<MonitorFacts> | 'silent'>();
  readonly warned: string[] = [];
  isLed = true;
  readonly watch = new ServerWatch({
    ...{ monitorUrls: URLS, clock: this.clock },
    ask: (urls) => Promise.resolve(new Map(urls.flatMap((url) => this.#answer(url)))),
    standing: () => (this.isLed ? Promise.resolve(this.#standing()) : Promise.reject(new Error('503'))),
    logger: pino({}, { write: (line) => this.warned.push(saidIn(line)) }),
  });

  get reasons(): string[] {
    return this.watch.findings.map(({ reason, about }) => `${reason} ${about}`);
  }

  async look(afterMs = 30_000): Promise<void> {
    this.clock.advance(afterMs);
    await this.watch.look();
  }

  #standing(): StoreStanding {
    return { holders: NAMES.map((name) => ({ name, standing: 'current' })), snapshotBytes: 0 };
  }

  #answer(url: string): (readonly [string, MonitorFacts])[] {
    const name = NAMES[URLS.indexOf(url)] ?? '';
    const patch = this.patches.get(name);
    if (patch === 'silent') return [];
    const room = { maxBytes: 4e9, freeBytes: 3e9 };
    const usual = { name, version: '2.12.0', syncAlways: true, syncMs: 120_000, isOff: false };
    return [[url, { ...usual, ...room, ...patch }]];
  }
}

describe('The watch over the NATS servers of a store', () => {
  it('tells of each thing once in the log, since when it is, and that it is over', async () => {
    const scene = new Scene();
    await scene.look();
    expect(scene.reasons).to.deep.equal([]);
    scene.patches.set('n2', { freeBytes: 9e8 });
    await scene.look();
    const [first] = scene.watch.findings;
    expect(first).to.include({ reason: 'store_room_low', about: 'n2', sinceMs: scene.clock.nowMs() });
    scene.patches.set('n2', { freeBytes: 8e8 });
    await scene.look();
    const [second] = scene.watch.findings;
    expect(second?.sinceMs).to.equal(first?.sinceMs);
    expect(second?.text).not.to.equal(first?.text);
    expect(scene.watch.rooms.get('n2')).to.equal(8e8);
    scene.patches.clear();
    await scene.look();
    expect(scene.reasons).to.deep.equal([]);
    expect(scene.warned).to.deep.equal(['store_room_low', 'no more store_room_low']);
  });

  it('follows what may be lost: a server that starts again with another setting makes it so, and one that is mended ends it', async () => {
    const scene = new Scene();
    scene.watch.begin({ mayLose: undefined, syncMs: 0 });
    await scene.look();
    expect(scene.watch.mayLose).to.equal(undefined);
    scene.patches.set('n3', { syncAlways: false, syncMs: 300_000 });
    await scene.look();
    expect(scene.watch.mayLose).to.include('n3').and.not.include('n1');
    expect(scene.watch.syncMs).to.equal(600_000);
    expect(scene.reasons).to.deep.equal(['store_may_lose ']);
    scene.patches.clear();
    await scene.look();
    expect([scene.watch.mayLose, scene.watch.syncMs]).to.deep.equal([undefined, 0]);
  });

  it('believes what servers said last while they are silent, for two minutes', async () => {
    const scene = new Scene();
    await scene.look();
    for (const name of NAMES) scene.patches.set(name, 'silent');
    await scene.look(119_000);
    expect(scene.watch.mayLose).to.equal(undefined);
    await scene.look(2_000);
    expect(scene.watch.mayLose).to.include('n1');
    expect(scene.reasons).to.include('store_server_silent n1');
  });

  it('begins with what the checks at the start have found, and keeps since when that is', async () => {
    const scene = new Scene();
    scene.patches.set('n1', { syncAlways: false });
    scene.watch.begin({ mayLose: 'n1 writes late', syncMs: 1 });
    const [first] = scene.watch.findings;
    expect(first).to.include({ reason: 'store_may_lose', text: 'n1 writes late' });
    await scene.look();
    expect(scene.watch.findings[0]?.sinceMs).to.equal(first?.sinceMs);
    expect(scene.warned).to.deep.equal([]);
  });

  it('judges by those that it knew while nobody leads the journal, and by nothing before it has known any', async () => {
    const scene = new Scene();
    scene.isLed = false;
    scene.watch.begin({ mayLose: undefined, syncMs: 0 });
    await scene.look();
    expect([scene.watch.mayLose, scene.watch.states.size]).to.deep.equal([undefined, 0]);
    scene.isLed = true;
    await scene.look();
    expect([...scene.watch.states.values()]).to.deep.equal(['current', 'current', 'current']);
    scene.isLed = false;
    await scene.look();
    expect([...scene.watch.states.values()]).to.deep.equal(['unknown', 'unknown', 'unknown']);
  });

  it('looks again every half minute, until its signal', async () => {
    const scene = new Scene();
    const over = new AbortController();
    const running = scene.watch.start(over.signal);
    await scene.clock.advanceAsync(0);
    expect(scene.watch.states.size).to.equal(3);
    scene.patches.set('n1', { freeBytes: 0 });
    await scene.clock.advanceAsync(29_999);
    expect(scene.reasons).to.deep.equal([]);
    await scene.clock.advanceAsync(1);
    expect(scene.reasons).to.deep.equal(['store_room_low n1']);
    over.abort();
    await running;
  });
});
