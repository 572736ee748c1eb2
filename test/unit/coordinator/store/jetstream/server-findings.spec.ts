import { expect } from 'chai';
import type { MonitorFacts } from '../../../../../coordinator/store/jetstream/server-checks.js';
import { findingsOf, lowRoomBytes, statesOf } from '../../../../../coordinator/store/jetstream/server-findings.js';
import type { HolderSeen, ServersSeen } from '../../../../../coordinator/store/jetstream/server-findings.js';

const GIB = 2 ** 30;
const server = (name: string, patch: Partial<MonitorFacts> = {}): MonitorFacts => ({
  ...{ name, version: '2.12.0', syncAlways: true, syncMs: 120_000, isOff: false },
  ...{ maxBytes: 8 * GIB, freeBytes: 7 * GIB },
  ...patch,
});
const NAMES = ['n1', 'n2', 'n3'];
const holders = (standings: Readonly<Record<string, HolderSeen['standing']>> = {}): HolderSeen[] =>
  NAMES.map((name) => ({ name, standing: name in standings ? standings[name] : 'current' }));
const seen = (patch: Partial<ServersSeen> = {}): ServersSeen => ({
  ...{ holders: holders(), told: NAMES.map((name) => server(name)), silent: [] },
  ...{ snapshotBytes: 0, mayLose: undefined },
  ...patch,
});
const told = (now: ServersSeen, before?: ServersSeen): string[] =>
  findingsOf(now, before).map(({ reason, about }) => `${reason} ${about}`);

describe('What is wrong with the NATS servers of a store', () => {
  it('is nothing where all have everything and room', () => {
    expect(told(seen())).to.deep.equal([]);
  });

  it('is little room: less than a quarter, than a start needs, or than the next snapshots take', () => {
    const low = (patch: Partial<MonitorFacts>, snapshotBytes = 0): string[] =>
      told(seen({ told: [server('n1', patch), server('n2')], snapshotBytes }));
    expect(low({ freeBytes: 2 * GIB })).to.deep.equal([]);
    expect(low({ freeBytes: 2 * GIB - 1 })).to.deep.equal(['store_room_low n1']);
    expect(low({ maxBytes: GIB / 2, freeBytes: GIB / 4 - 1 })).to.deep.equal(['store_room_low n1']);
    expect(low({ freeBytes: 5 * GIB }, 3 * GIB)).to.deep.equal(['store_room_low n1']);
    expect(lowRoomBytes(8 * GIB, 3 * GIB)).to.equal(6 * GIB);
    const { maxBytes, ...unbounded } = server('n1');
    expect(maxBytes).to.be.above(0);
    expect(told(seen({ told: [unbounded] }))).to.deep.equal([]);
  });

  it('is a server that has switched JetStream off, of which nothing else is said', () => {
    const off = seen({
      ...{ holders: holders({ n1: 'behind' }), told: [server('n1', { isOff: true, freeBytes: 0 }), server('n2')] },
    });
    expect(told(off, off)).to.deep.equal(['store_server_off n1']);
    expect(statesOf(off).get('n1')).to.equal('off');
  });

  it('is a server that is away, as the leader of the journal or its own silence says', () => {
    expect(told(seen({ holders: holders({ n3: 'away' }) }))).to.deep.equal(['store_server_away n3']);
    const silent = seen({ holders: holders({ n3: 'behind' }), silent: ['n3'] });
    expect(told(silent)).to.deep.equal(['store_server_away n3']);
    expect(told(silent, silent)).to.deep.equal(['store_server_away n3']);
  });

  it('is a server that stays behind, but not one that was so once, as each is that starts', () => {
    const behind = seen({ holders: holders({ n2: 'behind' }) });
    expect(told(behind)).to.deep.equal([]);
    expect(told(behind, seen())).to.deep.equal([]);
    expect(told(behind, behind)).to.deep.equal(['store_server_behind n2']);
    expect(told(behind, seen({ holders: holders({ n2: 'away' }) }))).to.deep.equal(['store_server_behind n2']);
  });

  it('is a server that keeps from telling of itself, by its name, or by its address where it never has', () => {
    const silent = seen({ silent: ['n2', 'http://n9:8222'] });
    expect(told(silent)).to.deep.equal([]);
    expect(told(silent, silent)).to.deep.equal(['store_server_silent n2', 'store_server_silent http://n9:8222']);
  });

  it('is what may be lost', () => {
    expect(findingsOf(seen({ mayLose: 'n1 writes late' }), undefined)).to.deep.equal([
      { reason: 'store_may_lose', about: '', text: 'n1 writes late' },
    ]);
  });

  it('is not known of servers whose journal nobody leads', () => {
    const unled = seen({ holders: holders({ n1: undefined, n2: undefined, n3: undefined }), silent: ['n3'] });
    expect([...statesOf(unled)]).to.deep.equal([
      ['n1', 'unknown'],
      ['n2', 'unknown'],
      ['n3', 'away'],
    ]);
  });
});
