import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { InstanceRecord } from '../../../../../common/model/instance.js';
import { askHosts } from '../../../../../coordinator/kinds/space/ask-hosts.js';
import { isRoundOver } from '../../../../../coordinator/kinds/space/round-end.js';
import { ManualClock } from '../../../../support/manual-clock.js';

/** What a host does with a connection; undefined where it cannot be reached. */
type Way = ((other: Duplex) => void) | undefined;

const DEADLINE_MS = 10_000;

const instance = (serial: number, state: InstanceRecord['state'] = 'running') =>
  ({ serial, hostId: `host-${String(serial)}`, state }) as InstanceRecord; // the rest is nobody's here

/** A round with hosts that do this, each with its serial in order; ways and instances may change while it runs. */
function round(ways: Way[], instances = ways.map((_, at) => instance(at))) {
  const clock = new ManualClock();
  const silent: string[] = [];
  const ports: number[] = [];
  const stop = new AbortController();
  const parts = {
    ...{ clock, deadlineMs: DEADLINE_MS },
    fleet: { instancesOf: () => instances },
    reach: {
      connect: async (serial: number, port: number) => {
        await Promise.resolve();
        const way = ways[serial];
        if (way === undefined) throw new Error('no session');
        const [own, other] = duplexPair();
        own.on('error', () => undefined);
        other.on('error', () => undefined);
        ports.push(port);
        way(other);
        return own;
      },
    },
    onSilent: (host: string) => silent.push(host),
  };
  const asking = askHosts('farm', '{"the":"request"}', parts, stop.signal);
  let over: readonly string[] | undefined;
  void asking.then((answers) => (over = answers.map(({ host, line }) => `${host} ${line}`)));
  // Streams take some turns of their own.
  const pass = async (ms: number): Promise<readonly string[] | undefined> => {
    for (let turn = 0; turn < 20; turn += 1) await clock.advanceAsync(0);
    await clock.advanceAsync(ms);
    for (let turn = 0; turn < 20; turn += 1) await clock.advanceAsync(0);
    return over;
  };
  return { pass, clock, silent, ports, stop, instances, ways };
}

const saying =
  (...pieces: readonly string[]) =>
  (other: Duplex): void => {
    other.once('data', (request: Buffer) => {
      for (const piece of pieces) other.write(piece.replace('?', request.toString().trim()));
      if (!pieces.join('').includes('\n')) other.end();
    });
  };

describe('asking the hosts of a space miner', () => {
  it('gives what each says to the request, in the order of the instances, also in pieces, and waits for nobody else', async () => {
    const { pass, silent, ports } = round([saying('a to ?', ' and ', 'more\n'), saying('b\nrest')]);
    expect(await pass(0)).to.deep.equal(['host-0 a to {"the":"request"} and more', 'host-1 b']);
    expect([silent, ports]).to.deep.equal([[], [7711, 7711]]);
  });

  it('asks those that run alone, and waits for none that cannot begin', async () => {
    const instances = [instance(0, 'pending'), instance(1), instance(2, 'lost')];
    const { pass } = round([saying('a\n'), saying('b\n'), saying('c\n')], instances);
    expect(await pass(0)).to.deep.equal(['host-1 b']);
  });

  it('asks one that begins to run later, with the time that is left, and takes the best of both', async () => {
    const { pass, instances } = round([undefined, saying('? b\n')], [instance(1, 'starting')]);
    expect(await pass(4000)).to.equal(undefined);
    instances[0] = instance(1);
    // Nine tenths of the 5.8 s that are left.
    expect(await pass(200)).to.deep.equal(['host-1 {"the":"request","leftMs":5220} b']);
  });

  it('asks one again that could not be reached, as after a restart of the coordinator', async () => {
    const { pass, ways, silent } = round([undefined, undefined]);
    expect(await pass(3000)).to.equal(undefined);
    ways[0] = saying('a\n');
    // The other one is waited for no longer: an answer is there, and a tenth of the deadline is over.
    expect(await pass(2500)).to.deep.equal(['host-0 a']);
    expect(silent).to.deep.equal(['host-1']);
  });

  it('waits for one that comes late for a tenth of the deadline when another has answered', async () => {
    const { pass, instances } = round([saying('a\n'), saying('b\n')], [instance(0), instance(1, 'preparing')]);
    expect(await pass(600)).to.equal(undefined);
    instances[1] = instance(1);
    expect(await pass(200)).to.deep.equal(['host-0 a', 'host-1 b']);
    const other = round([saying('a\n'), saying('b\n')], [instance(0), instance(1, 'preparing')]);
    expect(await other.pass(800)).to.equal(undefined);
    expect(await other.pass(400)).to.deep.equal(['host-0 a']);
  });

  it('has the deadline that it has, however the wall clock jumps', async () => {
    const { pass, clock } = round([undefined, saying('b\n')], [instance(0, 'running')]);
    clock.jumpWall(-86_400_000);
    expect(await pass(9000)).to.equal(undefined);
    clock.jumpWall(2 * 86_400_000);
    expect(await pass(500)).to.equal(undefined);
    expect(await pass(700)).to.deep.equal([]);
  });

  it('names a host that ends, floods or says nothing, and gives what the others said when the time is over', async () => {
    const { pass, stop, silent } = round([
      saying('torn'),
      saying('x'.repeat(70_000)),
      () => undefined,
      saying('well\n'),
      (other) => other.destroy(),
    ]);
    expect(await pass(9000)).to.equal(undefined);
    stop.abort();
    expect(await pass(0)).to.deep.equal(['host-3 well']);
    expect(silent.sort()).to.deep.equal(['host-0', 'host-1', 'host-2', 'host-4']);
  });
});

describe('the end of a round', () => {
  const far = { asking: 0, answered: 0, awaited: 0, elapsedMs: 0, deadlineMs: DEADLINE_MS };
  for (const [what, so, isOver] of [
    ['while hosts are asked', { asking: 1, answered: 3, elapsedMs: 9999 }, false],
    ['while nobody answered', { awaited: 0, elapsedMs: 9999 }, false],
    ['when all answered', { answered: 2 }, true],
    ['while one may come', { answered: 2, awaited: 1, elapsedMs: 999 }, false],
    ['when it did not come for a tenth of the deadline', { answered: 2, awaited: 1, elapsedMs: 1000 }, true],
    ['or five seconds', { answered: 2, awaited: 1, elapsedMs: 5000, deadlineMs: 600_000 }, true],
    ['at the deadline', { asking: 1, elapsedMs: DEADLINE_MS }, true],
  ] as const)
    it(`${isOver ? 'has come' : 'has not come'} ${what}`, () => {
      expect(isRoundOver({ ...far, ...so })).to.equal(isOver);
    });
});
