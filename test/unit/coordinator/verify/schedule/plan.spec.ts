import { expect } from 'chai';
import { barOf, planChallenges } from '../../../../../coordinator/verify/schedule/plan.js';
import { sampleHost } from '../../../../support/fleet-samples.js';
import { HOUR_MS, ableHost, hostOfParts, scheduleView } from '../../../../support/challenge/schedule-view.js';
import { sampleVerdict } from '../../../../support/verdict-samples.js';

const all = { types: ['cpu', 'memory', 'disk', 'network'], intervalMs: HOUR_MS, firstMs: 1, confirmMs: 1 } as const;

describe('planChallenges', () => {
  it('asks hosts that can and may be, and nobody else', () => {
    const quarantine = { challenge: 'c', type: 'cpu', reason: 'challenge_late', text: '', sinceMs: 1 } as const;
    const hosts = [
      ableHost('able'),
      sampleHost('old', { capabilities: ['lease'] }),
      ableHost('away', { state: 'suspect' }),
      ableHost('cordoned', { cordoned: true }),
      ableHost('draining', { draining: true }),
      ableHost('liar', { verification: { verified: {}, quarantine, clearedAtMs: 0 } }),
    ];
    expect(hosts.map((host) => barOf(host))).to.deep.equal([
      ...[undefined, 'not_able', 'not_ready', 'taken_out', 'taken_out', 'quarantined'],
    ]);
    const { windows } = planChallenges(scheduleView(hosts));
    expect(windows.map(({ hostIds, type, why }) => [hostIds, type, why])).to.deep.equal([[['able'], 'cpu', 'first']]);
  });

  it('asks one host one thing at a time, whoever asked for what is under way', () => {
    const settings = { ...all, mostAtOnce: 9 };
    const view = scheduleView([ableHost('a'), ableHost('b')], [], { settings, running: [{ hostId: 'b' }] });
    expect(planChallenges(view).windows.map(({ hostIds }) => hostIds)).to.deep.equal([['a']]);
    // What it is being asked takes up its room.
    expect(planChallenges({ ...view, hasRoom: (id) => id !== 'b' }).roomless).to.deep.equal([]);
  });

  it('asks no more at once than it may, the longest waiting first', () => {
    const hosts = ['c', 'a', 'b', 'd'].map((id, at) => ableHost(id, { joinedAtMs: at }));
    const settings = { ...all, types: ['cpu'] as const, mostAtOnce: 3 };
    const asked = (running: number) => {
      const busy = Array.from({ length: running }, () => ({ hostId: 'elsewhere' }));
      return planChallenges(scheduleView(hosts, [], { settings, running: busy })).windows.map(({ hostIds }) => hostIds);
    };
    expect(asked(0)).to.deep.equal([['c'], ['a'], ['b']]);
    expect(asked(2)).to.deep.equal([['c']]);
    expect(asked(3)).to.deep.equal([]);
  });

  it('notes whose time has come without room, and lets the next one have its turn', () => {
    const hosts = [ableHost('full'), ableHost('free', { joinedAtMs: 5 })];
    const plan = planChallenges(scheduleView(hosts, [], { hasRoom: (id) => id !== 'full' }));
    expect(plan.roomless).to.deep.equal([{ hostId: 'full', type: 'cpu' }]);
    expect(plan.windows.map(({ hostIds }) => hostIds)).to.deep.equal([['free']]);
  });

  it('asks for GPUs where there are any that can be proven', () => {
    const { description } = ableHost('x');
    const withGpu = (id: string, vendor: string) =>
      ableHost(id, {
        description: { ...description, gpus: [{ id: 'GPU-1', vendor, model: 'm', memoryBytes: 2 ** 34 }] },
      });
    const hosts = [ableHost('none'), withGpu('other', 'amd'), withGpu('one', 'nvidia')];
    const { windows, roomless } = planChallenges(
      scheduleView(hosts, [], { settings: { ...all, types: ['gpu'], mostAtOnce: 4 } }),
    );
    expect([windows.map(({ hostIds }) => hostIds), roomless]).to.deep.equal([[['one']], []]);
  });

  it('asks those at once that may be one machine, also whose time has not come', () => {
    const hosts = [hostOfParts('a', 'x'), ableHost('apart'), hostOfParts('b', 'x', 'y'), hostOfParts('c', 'y')];
    const fresh = ['apart', 'b', 'c'].map((hostId) => sampleVerdict(hostId, { hostId, atMs: HOUR_MS - 1 }));
    const { windows } = planChallenges(scheduleView(hosts, fresh));
    expect(windows.map(({ hostIds }) => [...hostIds].sort())).to.deep.equal([['a', 'b', 'c']]);
  });

  it('asks those at once that call from one address, but never for the line that they share', () => {
    const hosts = [ableHost('a'), ableHost('b')];
    const addressesOf = () => ['198.51.100.7'];
    const asked = (type: 'memory' | 'network') => {
      const settings = { ...all, types: [type], mostAtOnce: 4 };
      return planChallenges(scheduleView(hosts, [], { addressesOf, settings })).windows.map(({ hostIds }) => hostIds);
    };
    expect(asked('memory')).to.deep.equal([['a', 'b']]);
    expect(asked('network')).to.deep.equal([['a'], ['b']]);
  });

  it('waits until all siblings can be asked at once, and begins nothing else on them nor before them', () => {
    const hosts = [hostOfParts('a', 'x'), hostOfParts('b', 'x'), ableHost('late', { joinedAtMs: 9 })];
    const asked = (running: readonly { hostId: string }[], mostAtOnce: number) => {
      const settings = { ...all, types: ['cpu'] as const, mostAtOnce };
      return planChallenges(scheduleView(hosts, [], { running, settings })).windows.map(({ hostIds }) => hostIds);
    };
    expect(asked([{ hostId: 'b' }], 4)).to.deep.equal([['late']]);
    expect(asked([{ hostId: 'elsewhere' }], 2)).to.deep.equal([]);
    expect(asked([], 2)).to.deep.equal([['a', 'b']]);
  });

  it('draws as many siblings as may run at once from a group that is larger', () => {
    const hosts = Array.from({ length: 9 }, (_, at) => hostOfParts(`h${String(at)}`, 'x'));
    const chance = (name: string) => (name.startsWith('sweep') ? (Number(name.at(-1)) * 7) % 9 : 0.1);
    const [window] = planChallenges(scheduleView(hosts, [], { chance })).windows;
    expect(window?.hostIds).to.deep.equal(['h0', 'h4', 'h8', 'h3']);
  });

  it('waits for no sibling by address that went away three times in a row, but for one that shares its parts', () => {
    const gone = [1, 2, 3].map((at) =>
      sampleVerdict(`v${String(at)}`, { hostId: 'b', outcome: 'void', reason: 'challenge_lost', atMs: HOUR_MS - at }),
    );
    const verdicts = [...gone].reverse();
    const byAddress = scheduleView([ableHost('a'), ableHost('b')], verdicts, { addressesOf: () => ['198.51.100.7'] });
    expect(planChallenges(byAddress).windows.map(({ hostIds }) => hostIds)).to.deep.equal([['a']]);
    const byParts = scheduleView([hostOfParts('a', 'x', 'y'), hostOfParts('b', 'x', 'y')], verdicts);
    expect(planChallenges(byParts).windows.map(({ hostIds }) => hostIds)).to.deep.equal([['a', 'b']]);
  });
});
